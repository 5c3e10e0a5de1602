// Replies that are not in the answer table: ANY, and names below a DNAME.
#pragma once

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"
#include "policy/lookup.h"
#include "server/choice.h"

namespace signpost::server {

// What ANY gives at a name that has records: its smallest RRset, or its CNAME alone (RFC 8482
// section 4.1). Finds nothing (kOutOfZone) where the name has none, lies below a cut or a DNAME, or
// does not exist; policy::find() then tells the reply.
policy::Finding find_any(const model::AnswerTable& table, const dns::Name& qname, Choice& choice);

// The reply for a name below a DNAME (RFC 6672 section 3.2): the DNAME, a CNAME made from it, and
// what the table holds for the new name, through further DNAMEs; YXDOMAIN where a new name would be
// too long. `finding` is of kind kDname, for `qname` and `qtype`.
model::Variant synthesise_dname(const model::AnswerTable& table, policy::Finding finding,
                                const dns::Name& qname, dns::RRType qtype, Choice& choice);

}  // namespace signpost::server
