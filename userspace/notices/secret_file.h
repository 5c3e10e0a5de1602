// Secrets, which are kept out of the configuration and its history.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace signpost::notices {

// The first line of a file in the folder. An error names the file and says what to do.
absl::StatusOr<std::string> read_secret(const std::string& folder, const std::string& name);

}  // namespace signpost::notices
