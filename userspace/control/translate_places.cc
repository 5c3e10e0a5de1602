// CIDR collections, place overrides, regions and traffic policies.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/status.h"
#include "control/translate.h"
#include "model/countries.h"
#include "model/prefix.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {
namespace {

constexpr double kLatitudeMax = 90;
constexpr double kLongitudeMax = 180;
constexpr std::size_t kCityMax = 128;

// `more`: what may stand beside letters and digits.
absl::Status check_id(const std::string& id, const std::string& path, const char* what,
                      std::string_view more) {
  constexpr std::size_t kMost = 64;
  const bool allowed = std::all_of(id.begin(), id.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           more.find(c) != std::string_view::npos;
  });
  if (allowed && !id.empty() && id.size() <= kMost) return absl::OkStatus();
  return invalid_argument(path, ": \"", id, "\" is not ", what, "; use 1 to ", kMost,
                          " letters, digits and ", std::string(more));
}

absl::StatusOr<model::Prefix> read_prefix(const std::string& text, const std::string& path) {
  absl::StatusOr<model::Prefix> prefix = model::Prefix::parse(text);
  if (!prefix.ok()) return annotate(prefix.status(), path);
  return prefix;
}

absl::StatusOr<model::Coordinates> read_coordinates(const v1::Coordinates& in,
                                                    const std::string& path) {
  // Written so that a NaN is refused too.
  if (!(in.latitude() >= -kLatitudeMax && in.latitude() <= kLatitudeMax)) {
    return invalid_argument(path, ".latitude: ", in.latitude(), " is not allowed; use -90 to 90");
  }
  if (!(in.longitude() >= -kLongitudeMax && in.longitude() <= kLongitudeMax)) {
    return invalid_argument(path, ".longitude: ", in.longitude(),
                            " is not allowed; use -180 to 180");
  }
  return model::Coordinates{in.latitude(), in.longitude()};
}

void to_proto(const model::Coordinates& coordinates, v1::Coordinates& out) {
  out.set_latitude(coordinates.latitude);
  out.set_longitude(coordinates.longitude);
}

absl::StatusOr<model::CidrLocation> read_location(const v1::CidrLocation& in,
                                                  const std::string& path) {
  model::CidrLocation out;
  out.name = in.name();
  out.blocks.reserve(static_cast<std::size_t>(in.cidr_blocks_size()));
  for (int i = 0; i < in.cidr_blocks_size(); ++i) {
    ASSIGN_OR_RETURN(const model::Prefix block,
                     read_prefix(in.cidr_blocks(i), absl::StrCat(path, ".cidr_blocks[", i, "]")));
    out.blocks.push_back(block);
  }
  return out;
}

absl::Status read_country(const v1::PlaceOverride& in, const std::string& path, model::Place& out) {
  out.continent = absl::AsciiStrToUpper(in.continent_code());
  out.country = absl::AsciiStrToUpper(in.country_code());
  out.subdivision = absl::AsciiStrToUpper(in.subdivision_code());
  if (!out.country.empty() && !model::is_country(out.country)) {
    return invalid_argument(path, ".country_code: Cannot find location: 'country = ", out.country,
                            "'. No changes made.");
  }
  const std::vector<std::string>& continents = model::continents();
  if (!out.continent.empty() &&
      std::find(continents.begin(), continents.end(), out.continent) == continents.end()) {
    return invalid_argument(path,
                            ".continent_code: Cannot find location: 'continent = ", out.continent,
                            "'. No changes made.");
  }
  if (out.continent.empty()) out.continent = model::continent_of(out.country);
  if (!out.subdivision.empty() && (out.country != "US" || !model::is_us_state(out.subdivision))) {
    return invalid_argument(path,
                            ".subdivision_code: Cannot find location: 'country = ", out.country,
                            " subdivision = ", out.subdivision, "'. No changes made.");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<model::CidrCollectionPtr> from_proto(const v1::CidrCollection& in,
                                                    const std::string& path) {
  RETURN_IF_ERROR(check_id(in.id(), path + ".id", "the id of a collection", "-_"));
  auto out = std::make_shared<model::CidrCollection>();
  out->id = in.id();
  out->name = in.name().empty() ? in.id() : in.name();
  for (int i = 0; i < in.locations_size(); ++i) {
    ASSIGN_OR_RETURN(model::CidrLocation location,
                     read_location(in.locations(i), absl::StrCat(path, ".locations[", i, "]")));
    out->locations.push_back(std::move(location));
  }
  return out;
}

absl::StatusOr<model::PlaceOverridePtr> from_proto(const v1::PlaceOverride& in,
                                                   const std::string& path) {
  auto out = std::make_shared<model::PlaceOverride>();
  ASSIGN_OR_RETURN(out->prefix, read_prefix(in.prefix(), path + ".prefix"));
  out->place.source = model::PlaceSource::kOverride;
  RETURN_IF_ERROR(read_country(in, path, out->place));
  if (in.city().size() > kCityMax) {
    return invalid_argument(path, ".city: has ", in.city().size(), " characters; use at most ",
                            kCityMax);
  }
  out->place.city = in.city();
  if (in.has_coordinates()) {
    ASSIGN_OR_RETURN(out->place.coordinates,
                     read_coordinates(in.coordinates(), path + ".coordinates"));
  }
  return out;
}

absl::StatusOr<NamedRegion> from_proto(const v1::Region& in, const std::string& path) {
  RETURN_IF_ERROR(check_id(in.name(), path + ".name", "the name of a region", "-_."));
  if (!in.has_coordinates()) {
    return invalid_argument(path, ".coordinates: is missing; give latitude and longitude");
  }
  NamedRegion out;
  out.name = in.name();
  ASSIGN_OR_RETURN(out.coordinates, read_coordinates(in.coordinates(), path + ".coordinates"));
  return out;
}

model::TrafficPolicyPtr from_proto(const v1::TrafficPolicy& in) {
  auto out = std::make_shared<model::TrafficPolicy>();
  out->id = in.id();
  out->version = in.has_version() ? in.version() : 1;
  out->name = in.name();
  out->comment = in.comment();
  out->document = in.document();
  return out;
}

void to_proto(const model::CidrCollection& collection, v1::CidrCollection& out) {
  out.set_id(collection.id);
  if (collection.name != collection.id) out.set_name(collection.name);
  for (const model::CidrLocation& location : collection.locations) {
    v1::CidrLocation& item = *out.add_locations();
    item.set_name(location.name);
    for (const model::Prefix& block : location.blocks) item.add_cidr_blocks(block.text());
  }
}

void to_proto(const model::PlaceOverride& place, v1::PlaceOverride& out) {
  out.set_prefix(place.prefix.text());
  if (place.place.continent != model::continent_of(place.place.country)) {
    out.set_continent_code(place.place.continent);
  }
  out.set_country_code(place.place.country);
  out.set_subdivision_code(place.place.subdivision);
  out.set_city(place.place.city);
  if (place.place.coordinates) to_proto(*place.place.coordinates, *out.mutable_coordinates());
}

void to_proto(const std::string& name, const model::Coordinates& coordinates, v1::Region& out) {
  out.set_name(name);
  to_proto(coordinates, *out.mutable_coordinates());
}

void to_proto(const model::TrafficPolicy& policy, v1::TrafficPolicy& out) {
  out.set_id(policy.id);
  out.set_version(policy.version);
  out.set_name(policy.name);
  out.set_comment(policy.comment);
  out.set_document(policy.document);
}

}  // namespace signpost::control
