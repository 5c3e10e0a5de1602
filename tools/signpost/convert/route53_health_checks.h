// Route 53's health checks.
#pragma once

#include "absl/status/status.h"
#include "signpost/convert/conversion.h"
#include "signpost/convert/node.h"

namespace signpost::cli::convert {

// Adds the check to the configuration. What no prober of Signpost sees becomes a switch of the same
// id, which is on, so that the record sets that name it stay valid; a comment says so.
absl::Status convert_health_check(const Node& in, Conversion& out);

}  // namespace signpost::cli::convert
