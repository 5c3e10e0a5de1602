// RDATA from tokens: what parse_rdata() and the master file parser share.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "dns/fields.h"
#include "dns/rr_type.h"

namespace signpost::dns {

// As parse_rdata(), from all tokens that `tokens` still has. After an error tokens.last() is what
// it is about.
absl::StatusOr<std::string> parse_rdata_tokens(RRType type, TokenReader& tokens);

}  // namespace signpost::dns
