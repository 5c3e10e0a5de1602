// JSON files, as the AWS CLI writes them (and YAML, as it does by `--output yaml`).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "signpost/convert/node.h"

namespace signpost::cli::convert {

// One document of objects and lists. An error is INVALID_ARGUMENT "FILE:LINE: what is wrong"; a
// member that is there twice is one.
absl::StatusOr<Node> parse_json(const std::string& text, const std::string& file_name);

}  // namespace signpost::cli::convert
