// The regular expressions that HTTP checks search bodies for.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace re2 {
class RE2;
}

namespace signpost::health {

// RE2 matches in time that is linear in the text. INVALID_ARGUMENT if `pattern` is malformed, or so
// large that the time for 64 KiB would be felt by other checks; the message says which.
absl::StatusOr<std::shared_ptr<const re2::RE2>> compile_search_pattern(const std::string& pattern);

}  // namespace signpost::health
