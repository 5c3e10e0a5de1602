// Questions that other servers are asked, by outbound rules, and the replies to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "forward/answer.h"
#include "model/forward_rule.h"

namespace signpost::server {

// A client's query, with all that its reply takes.
struct ForwardRequest {
  model::ForwardRulePtr rule;
  forward::Question question;
  std::uint16_t id = 0;
  std::uint16_t flags = 0;      // second word of the query's header
  std::string question_octets;  // as received
  std::string opt;              // of the reply; empty: the client does not know EDNS
  std::size_t size_max = 0;     // octets that the reply may take
};

// The whole reply, with RA and what the answer's age has left of the TTLs. What does not fit is
// left out: first the additional section, then, with TC set, all records.
std::string forwarded_reply(const ForwardRequest& request, const forward::AgedAnswer& answer);

}  // namespace signpost::server
