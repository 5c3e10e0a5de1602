// What a reply says of a target.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/message_reader.h"
#include "upstream/query.h"

namespace signpost::upstream {

struct Resolution {
  std::vector<std::string> rdata;  // sorted, names in lower case; empty: no such records
  std::uint32_t ttl = 0;           // seconds
};

// The answer in a reply to `query` that is not truncated; `head` is the head of `message`. An error
// is UNAVAILABLE: the server does not help, and says nothing of the target. That is so if
// - the RCODE is neither NOERROR nor NXDOMAIN, or the reply is malformed;
// - the CNAMEs loop, are more than 16, or lead several ways;
// - there are no records and no SOA that says so (RFC 2308 section 2), unless the server recurses
//   and names no other servers: resolvers may leave the SOA out;
// - there are more records than the 400 that a record set may have.
// A TTL of 2^31 or more counts as 0 (RFC 2181 section 8).
absl::StatusOr<Resolution> read_reply(std::string_view message, const dns::MessageHead& head,
                                      const Query& query);

}  // namespace signpost::upstream
