// Where in the files an error of the daemon came from.
#pragma once

#include "absl/status/status.h"
#include "signpost/config_reader.h"

namespace signpost::cli {

// Puts "FILE:LINE: " before errors about one field. Errors about several record sets, in Route 53's
// words ("RRSet of type A with DNS name www.example.com. …"), are followed by the place of each
// record set of these names, at most ten.
absl::Status with_places(const absl::Status& status, const LoadedConfig& loaded);

}  // namespace signpost::cli
