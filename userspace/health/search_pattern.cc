#include "health/search_pattern.h"

#include <re2/re2.h>

#include "base/status.h"

namespace signpost::health {
namespace {

constexpr int kInstructionsMax = 1000;

}  // namespace

absl::StatusOr<std::shared_ptr<const re2::RE2>> compile_search_pattern(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_shared<const RE2>(pattern, options);
  if (!compiled->ok())
    return invalid_argument("is not a regular expression of RE2: ", compiled->error());
  if (compiled->ProgramSize() > kInstructionsMax)
    return invalid_argument("is too large; use fewer or smaller repetitions");
  return compiled;
}

}  // namespace signpost::health
