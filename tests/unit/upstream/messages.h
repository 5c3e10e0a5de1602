// Replies for tests, written by hand or by the project's own renderer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/message_reader.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "upstream/query.h"

namespace signpost::upstream {

struct TestRecord {
  std::string owner;
  dns::RRType type;
  std::uint32_t ttl;
  std::string rdata;  // presentation format
};

struct TestReply {
  std::vector<TestRecord> answers = {};
  std::vector<TestRecord> authorities = {};
  unsigned rcode = 0;
  bool truncated = false;
  bool recursion_available = true;
};

dns::Name name(std::string_view text);

// A query for NAME TYPE with a fixed id and fixed letters.
Query query_for(std::string_view name, dns::RRType type);

// A message in reply to the query in `octets`: its id and its question as they are, and the records
// with full compression.
std::string reply_to(std::string_view octets, const TestReply& reply);

// `message` with two octets replaced.
std::string with_u16(std::string message, std::size_t at, unsigned value);

// The RDATA's wire form.
std::string rdata(dns::RRType type, std::string_view text);

inline const TestRecord kSoa{"example.com.", dns::RRType::kSoa, 900,
                             "ns1.example.com. hostmaster.example.com. 1 7200 900 1209600 300"};

}  // namespace signpost::upstream
