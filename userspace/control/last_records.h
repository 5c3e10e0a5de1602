// The records that an answer sends clients to.
#pragma once

#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"

namespace signpost::control {

// policy::ReadRecords.
std::vector<std::string> last_records(const model::Variant& variant, const dns::Name& qname,
                                      dns::RRType qtype);

}  // namespace signpost::control
