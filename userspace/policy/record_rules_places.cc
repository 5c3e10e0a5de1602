#include "policy/record_rules_places.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/text.h"
#include "model/countries.h"
#include "model/regions.h"

namespace signpost::policy {

using model::Coordinates;
using model::GeolocationFields;
using model::GeoproximityFields;

namespace {

constexpr double kLatitudeMax = 90;
constexpr double kLongitudeMax = 180;
constexpr double kHundredthError = 1e-6;  // of a hundredth of a degree that is kept as a double

// Without the names: "country = CA subdivision = ON".
std::string location_codes(const GeolocationFields& fields) {
  if (!fields.continent.empty()) return absl::StrCat("continent = ", fields.continent);
  return absl::StrCat("country = ", fields.country,
                      fields.subdivision.empty() ? "" : " subdivision = ", fields.subdivision);
}

bool exists(const GeolocationFields& fields) {
  if (!fields.continent.empty()) {
    const auto& known = model::continents();
    return std::find(known.begin(), known.end(), fields.continent) != known.end();
  }
  if (!fields.subdivision.empty())
    return fields.country == "US" && model::is_us_state(fields.subdivision);
  return fields.is_default() || model::is_country(fields.country);
}

const char* continent_name(const std::string& code) {
  if (code == "AF") return "Africa";
  if (code == "AN") return "Antarctica";
  if (code == "AS") return "Asia";
  if (code == "EU") return "Europe";
  if (code == "NA") return "North America";
  if (code == "OC") return "Oceania";
  return "South America";
}

// "us-west-2-den-1" is no Region's name: it has a place behind the Region.
bool looks_like_local_zone_group(const std::string& name) {
  return std::count(name.begin(), name.end(), '-') > 3;
}

bool is_in_range(double value, double limit) {
  return std::isfinite(value) && std::abs(value) <= limit;
}

bool has_two_decimals(double value) {
  return std::abs(value * 100 - std::round(value * 100)) < kHundredthError;
}

std::string degrees(double value) {
  char text[32];
  const auto end =
      std::to_chars(std::begin(text), std::end(text), value, std::chars_format::fixed, 2);
  return end.ec == std::errc() ? std::string(text, end.ptr) : absl::StrCat(value);
}

}  // namespace

std::optional<std::string> geolocation_problem(const GeolocationFields& fields) {
  if (fields.continent.empty() && fields.country.empty()) {
    return fields.subdivision.empty()
               ? "needs a continent, a country, or a country and its subdivision; country \"*\" is "
                 "the default"
               : "a subdivision needs its country";
  }
  if (!fields.continent.empty() && (!fields.country.empty() || !fields.subdivision.empty()))
    return "a continent can't be combined with a country or a subdivision";
  if (exists(fields)) return std::nullopt;
  return absl::StrCat("Cannot find location: '", location_codes(fields), "'. No changes made.");
}

std::optional<std::string> region_problem(const model::Config& config, const std::string& region) {
  // A Local Zone group has coordinates, but no latency record set may name it.
  const bool is_own = config.regions.find(region) != nullptr;
  if (is_own || (model::find_region(region) != nullptr && !model::is_local_zone_group(region))) {
    return std::nullopt;
  }
  return absl::StrCat("Cannot find region '", region, "'. No changes made.");
}

std::optional<std::string> coordinates_problem(const Coordinates& coordinates) {
  if (!is_in_range(coordinates.latitude, kLatitudeMax))
    return absl::StrCat("latitude ", coordinates.latitude, " is not from -90 to 90");
  if (!is_in_range(coordinates.longitude, kLongitudeMax))
    return absl::StrCat("longitude ", coordinates.longitude, " is not from -180 to 180");
  return std::nullopt;
}

std::optional<std::string> geoproximity_problem(const model::Config* config,
                                                const GeoproximityFields& fields) {
  if (fields.bias < -kBiasMax || fields.bias > kBiasMax)
    return absl::StrCat("bias ", fields.bias, " is not from -99 to 99");
  if (!fields.region.empty()) {
    if (config == nullptr || model::region_coordinates(*config, fields.region)) return std::nullopt;
    return absl::StrCat("Cannot find GeoProximityLocation with ", site_words(fields),
                        ". No changes made.");
  }
  if (auto problem = coordinates_problem(fields.coordinates)) return problem;
  if (!has_two_decimals(fields.coordinates.latitude) ||
      !has_two_decimals(fields.coordinates.longitude)) {
    return "coordinates must not have more than two decimals";
  }
  return std::nullopt;
}

absl::StatusOr<double> parse_coordinate(std::string_view text, int limit) {
  std::string_view digits = text;
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  const std::size_t dot = std::min(digits.find('.'), digits.size());
  const std::string_view whole = digits.substr(0, dot);
  const std::string_view decimals = dot == digits.size() ? "" : digits.substr(dot + 1);
  const auto all_digits = [](std::string_view part) {
    return std::all_of(part.begin(), part.end(), dns::is_digit);
  };
  if (whole.empty() || whole.size() > 3 || !all_digits(whole) || !all_digits(decimals))
    return invalid_argument("must be degrees, for example 51.50");
  if (decimals.size() > 2) return invalid_argument("must not have more than two decimals");
  double value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (value > limit) return invalid_argument("must be from -", limit, " to ", limit);
  return text.starts_with('-') ? -value : value;
}

std::string location_words(const GeolocationFields& fields) {
  if (!fields.continent.empty()) {
    return absl::StrCat("continent = (", fields.continent, ", ", continent_name(fields.continent),
                        ")");
  }
  if (fields.is_default()) return location_codes(fields);
  std::string words =
      absl::StrCat("country = (", fields.country, ", ", model::country_name(fields.country), ")");
  if (!fields.subdivision.empty())
    absl::StrAppend(&words, " subdivision = (", fields.subdivision, ", ",
                    model::us_state_name(fields.subdivision), ")");
  return words;
}

std::string site_words(const GeoproximityFields& fields) {
  if (fields.region.empty()) {
    return absl::StrCat("Coordinates = (", degrees(fields.coordinates.latitude), ", ",
                        degrees(fields.coordinates.longitude), ")");
  }
  return absl::StrCat(looks_like_local_zone_group(fields.region) ? "LocalZoneGroup" : "AWSRegion",
                      " = ", fields.region);
}

}  // namespace signpost::policy
