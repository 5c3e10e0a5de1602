// Commands about where clients are.
#pragma once

#include <string>
#include <vector>

#include "signpost/session.h"

namespace signpost::cli {

absl::StatusOr<int> geo_status(Session& session, Format format);
absl::StatusOr<int> geo_reload(Session& session, Format format);

struct LocateArguments {
  std::string client;
  Format format = Format::kTable;
};
absl::StatusOr<int> geo_locate(Session& session, const LocateArguments& arguments);

// CSV files with a row "prefix,region,milliseconds" a line; "-" is the standard input.
absl::StatusOr<int> round_trips_push(Session& session, const std::vector<std::string>& files);
absl::StatusOr<int> round_trips_list(Session& session, Format format);

}  // namespace signpost::cli
