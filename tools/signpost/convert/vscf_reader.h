// vscf, the language of gdnsd's configuration (gdnsd.config(5), "LOW-LEVEL SYNTAX").
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "signpost/convert/node.h"

namespace signpost::cli::convert {

// Reads a file with all that it includes; the root is a map or a list. An error is
// INVALID_ARGUMENT "FILE:LINE: what is wrong".
absl::StatusOr<Node> read_vscf(const std::string& path);

}  // namespace signpost::cli::convert
