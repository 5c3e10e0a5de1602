// The operator's table of round-trip times.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/prefix.h"

namespace signpost::geo {

// Longest round-trip time that anybody may give, in milliseconds.
inline constexpr double kRoundTripMax = 60000;

// Whether a region may have this name: 1 to 64 letters, digits, '-', '_' and '.'.
bool is_region_name(std::string_view name);

// OK for a number above 0 and at most kRoundTripMax.
absl::Status check_round_trip(double milliseconds);

struct RoundTripRow {
  model::Prefix prefix;
  std::string region;
  double milliseconds = 0;
  friend bool operator==(const RoundTripRow&, const RoundTripRow&) = default;
};

// By prefix, then region; one row for each pair.
using RoundTripTable = std::vector<RoundTripRow>;

// Reads CSV with a row "prefix,region,milliseconds" a line, as 203.0.113.0/24,eu-west-1,12.5.
// Spaces around fields, empty lines and lines that begin with '#' do not count, nor does a first
// row that names the columns. INVALID_ARGUMENT with the number of the line if one is wrong or
// gives a pair again.
absl::StatusOr<RoundTripTable> parse_round_trip_table(std::string_view csv);

// The same of a file; errors name it.
absl::StatusOr<RoundTripTable> read_round_trip_table(const std::string& path);

}  // namespace signpost::geo
