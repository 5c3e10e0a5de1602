// Commands about notices.
#pragma once

#include <cstdint>
#include <optional>

#include "signpost/session.h"

namespace signpost::cli {

struct WatchArguments {
  std::optional<std::uint64_t> after;  // the number of the last notice seen; none: from now on
  std::uint64_t count = 0;             // stop after so many; 0: never
  Format format = Format::kTable;
};
// Writes notices as they come, one a line.
absl::StatusOr<int> watch(Session& session, const WatchArguments& arguments);

// The receivers of notices, and how far each has been told.
absl::StatusOr<int> get_notice_receivers(Session& session, Format format);

}  // namespace signpost::cli
