// Replies of the answer table as whole messages, for whoever reads their records.
#pragma once

#include <cstddef>
#include <string>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"

namespace signpost::control {

struct ReplyMessage {
  std::string octets;          // without a tail; the header is empty
  std::size_t records_at = 0;  // where the first record begins
};

// The variant behind a question: its compression pointers count from the start of the message.
ReplyMessage reply_message(const model::Variant& variant, const dns::Name& qname,
                           dns::RRType qtype);

}  // namespace signpost::control
