// What the server tells of itself in class CH.
#pragma once

#include <optional>
#include <string_view>

#include "dns/name.h"
#include "model/answer_table.h"

namespace signpost::server {

// The answer to a TXT query: `identity` for id.server (RFC 4892) and hostname.bind, unless it is
// empty, and the version for version.server and version.bind. Nothing for every other name.
std::optional<model::Variant> chaos_answer(const dns::Name& qname, std::string_view identity);

}  // namespace signpost::server
