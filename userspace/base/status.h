// The one error language of userspace: absl::Status. Helpers that absl 20220623 lacks.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#define SIGNPOST_CONCAT_INNER(a, b) a##b
#define SIGNPOST_CONCAT(a, b) SIGNPOST_CONCAT_INNER(a, b)

// Returns the status of `expression` from the enclosing function unless it is OK.
#define RETURN_IF_ERROR(expression)                                         \
  do {                                                                      \
    if (absl::Status status_ = (expression); !status_.ok()) return status_; \
  } while (false)

// Declares or assigns `target` from a StatusOr, or returns its status.
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_INNER(SIGNPOST_CONCAT(status_or_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_INNER(result, target, expression) \
  auto result = (expression);                              \
  if (!result.ok()) return result.status();                \
  target = std::move(result).value()

namespace signpost {

// Debian's absl::string_view is not std::string_view; these take what our code holds. `parts` as
// for absl::StrCat.
template <typename... Parts>
[[nodiscard]] absl::Status invalid_argument(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}
template <typename... Parts>
[[nodiscard]] absl::Status not_found(const Parts&... parts) {
  return absl::NotFoundError(absl::StrCat(parts...));
}
template <typename... Parts>
[[nodiscard]] absl::Status failed_precondition(const Parts&... parts) {
  return absl::FailedPreconditionError(absl::StrCat(parts...));
}
template <typename... Parts>
[[nodiscard]] absl::Status resource_exhausted(const Parts&... parts) {
  return absl::ResourceExhaustedError(absl::StrCat(parts...));
}
template <typename... Parts>
[[nodiscard]] absl::Status unavailable(const Parts&... parts) {
  return absl::UnavailableError(absl::StrCat(parts...));
}
template <typename... Parts>
[[nodiscard]] absl::Status internal_error(const Parts&... parts) {
  return absl::InternalError(absl::StrCat(parts...));
}

// The same status with `context` and ": " before its message; OK stays OK.
[[nodiscard]] inline absl::Status annotate(const absl::Status& status, std::string_view context) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(std::string(context), ": ", std::string(status.message())));
}

}  // namespace signpost
