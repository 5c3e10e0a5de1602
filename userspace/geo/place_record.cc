#include "geo/place_record.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "geo/utf8.h"
#include "model/countries.h"

namespace signpost::geo {
namespace {

using Path = const char* const[5];  // ends with a null

// The value at `path` if it is there; types that no path here leads to count as missing.
std::optional<MMDB_entry_data_s> value_at(MMDB_entry_s record, const Path& path) {
  MMDB_entry_data_s value;
  if (MMDB_aget_value(&record, &value, path) != MMDB_SUCCESS || !value.has_data)
    return std::nullopt;
  return value;
}

// The first text that is there and not empty.
std::string_view text_at(MMDB_entry_s record, std::initializer_list<const Path*> paths) {
  for (const Path* path : paths) {
    const auto value = value_at(record, *path);
    if (value && value->type == MMDB_DATA_TYPE_UTF8_STRING && value->data_size > 0)
      return {value->utf8_string, value->data_size};
  }
  return {};
}

std::optional<double> number_at(MMDB_entry_s record, std::initializer_list<const Path*> paths) {
  for (const Path* path : paths) {
    const auto value = value_at(record, *path);
    if (value && value->type == MMDB_DATA_TYPE_DOUBLE) return value->double_value;
    if (value && value->type == MMDB_DATA_TYPE_FLOAT) return value->float_value;
  }
  return std::nullopt;
}

constexpr Path kContinent = {"continent", "code"};
constexpr Path kContinentFlat = {"continent_code"};
constexpr Path kCountry = {"country", "iso_code"};
constexpr Path kCountryFlat = {"country_code"};
constexpr Path kSubdivision = {"subdivisions", "0", "iso_code"};
constexpr Path kSubdivisionName = {"subdivisions", "0", "names", "en"};
constexpr Path kStateFlat = {"state1"};
constexpr Path kCity = {"city", "names", "en"};
constexpr Path kCityFlat = {"city"};
constexpr Path kLatitude = {"location", "latitude"};
constexpr Path kLatitudeFlat = {"latitude"};
constexpr Path kLongitude = {"location", "longitude"};
constexpr Path kLongitudeFlat = {"longitude"};

// ISO 3166-1 leaves ZZ to its users; the data use it for addresses of no country.
std::string country_code(std::string_view text) {
  const bool is_code =
      text.size() == 2 && text != "ZZ" &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return is_code ? std::string(text) : std::string();
}

std::string continent_code(MMDB_entry_s record, const std::string& country) {
  if (const std::string& known = model::continent_of(country); !known.empty()) return known;
  const std::string_view own = text_at(record, {&kContinent, &kContinentFlat});
  const auto& all = model::continents();
  return std::find(all.begin(), all.end(), own) == all.end() ? std::string() : std::string(own);
}

std::string us_state(MMDB_entry_s record) {
  const std::string_view code = text_at(record, {&kSubdivision});
  if (model::is_us_state(code)) return std::string(code);
  return model::us_state_code(text_at(record, {&kSubdivisionName, &kStateFlat}));
}

}  // namespace

absl::StatusOr<model::Place> read_place(MMDB_entry_s record) {
  model::Place place;
  place.country = country_code(text_at(record, {&kCountryFlat, &kCountry}));
  place.continent = continent_code(record, place.country);
  if (place.country == "US") place.subdivision = us_state(record);
  place.city = std::string(text_at(record, {&kCityFlat, &kCity}));
  if (!is_utf8(place.city)) return absl::DataLossError("a city's name is not UTF-8");
  const auto latitude = number_at(record, {&kLatitudeFlat, &kLatitude});
  const auto longitude = number_at(record, {&kLongitudeFlat, &kLongitude});
  if (!latitude || !longitude) return place;
  if (!(std::abs(*latitude) <= 90) || !(std::abs(*longitude) <= 180)) {
    return absl::DataLossError(
        absl::StrCat("a record has the coordinates ", *latitude, ", ", *longitude));
  }
  place.coordinates = {*latitude, *longitude};
  return place;
}

}  // namespace signpost::geo
