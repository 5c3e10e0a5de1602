// Where in the files an error of the daemon came from.
#pragma once

#include "absl/status/status.h"
#include "signpost/config_reader.h"

namespace signpost::cli {

// Puts "FILE:LINE: " before errors about one field. Errors in Route 53's words are followed by the
// place of each record set that they are about, at most ten: those of the names that they tell
// ("RRSet of type A with DNS name www.example.com. …"), or with what is not known ("Cannot find
// region 'eu-nowhere-1'. …").
absl::Status with_places(const absl::Status& status, const LoadedConfig& loaded);

}  // namespace signpost::cli
