// Which places and Regions a policy may name (route53-semantics 1.3 to 1.5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "model/config.h"

namespace signpost::policy {

inline constexpr int kBiasMax = 99;

// What is wrong, in Route 53's words where it has any; nothing if all is well.
std::optional<std::string> geolocation_problem(const model::GeolocationFields& fields);
std::optional<std::string> region_problem(const model::Config& config, const std::string& region);
// Without a configuration the Region is taken as known.
std::optional<std::string> geoproximity_problem(const model::Config* config,
                                                const model::GeoproximityFields& fields);
std::optional<std::string> coordinates_problem(const model::Coordinates& coordinates);

// Degrees with at most two decimals, from -limit to limit; INVALID_ARGUMENT says what is wrong.
absl::StatusOr<double> parse_coordinate(std::string_view text, int limit);

// As Route 53 writes a location that exists: "continent = (NA, North America)", "country = (JP,
// Japan)".
std::string location_words(const model::GeolocationFields& fields);
// "AWSRegion = us-east-1", "LocalZoneGroup = us-west-2-den-1" or the coordinates.
std::string site_words(const model::GeoproximityFields& fields);

}  // namespace signpost::policy
