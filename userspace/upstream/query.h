// Queries to a resolver, and which replies belong to them.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "dns/message_reader.h"
#include "upstream/target.h"

namespace signpost::upstream {

// What nobody else may guess: the id, and which letters of the name are in upper case.
using QuerySecret = std::array<std::uint8_t, 34>;

// From the kernel.
QuerySecret random_secret();

struct Query {
  std::uint16_t id = 0;
  dns::Name name;  // with its letters in random case (0x20)
  dns::RRType type{};
  std::string octets;  // the message: RD set, EDNS with 1,232 octets
};

// What a client asks besides: DO (RFC 3225), CD (RFC 4035 section 3.2.2).
struct QueryFlags {
  bool dnssec_ok = false;
  bool checking_disabled = false;
};

Query make_query(const Target& target, const QuerySecret& secret, const QueryFlags& flags = {});

// Whether a message is the reply to `query`: id, opcode and the question, its letters included, are
// those of the query (RFC 5452 section 9.1). Where it comes from is for the caller to check.
bool is_reply_to(const Query& query, const dns::MessageHead& head);

}  // namespace signpost::upstream
