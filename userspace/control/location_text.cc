#include "control/location_text.h"

#include <charconv>

#include "base/status.h"
#include "control/located_answers.h"
#include "control/service_support.h"
#include "signpost/v1/control.pb.h"

namespace signpost::control {

absl::StatusOr<model::Prefix> read_client(const std::string& text, const std::string& field) {
  const std::size_t slash = text.find('/');
  absl::StatusOr<model::Prefix> address = model::Prefix::parse(text.substr(0, slash));
  if (!address.ok()) return annotate(address.status(), field);
  if (slash == std::string::npos) return *address;
  unsigned bits = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + slash + 1, end, bits);
  if (error != std::errc() || rest != end || bits == 0 || bits > address->length) {
    return invalid_argument(field, ": \"", text, "\" is not an address or a prefix of 1 to ",
                            int{address->length}, " bits");
  }
  return address->truncated(static_cast<std::uint8_t>(bits));
}

void describe(const model::Prefix& client, const model::LocalityMap::Found& found,
              const model::LocalityMap& map, v1::ClientLocation& out) {
  const bool is_address = client.length == (client.is_ipv6 ? 128 : 32);
  const std::string text = client.text();
  out.set_client(is_address ? text.substr(0, text.find('/')) : text);
  out.set_locality(found.locality);
  out.set_prefix(client.truncated(found.prefix_length).text());
  const model::Client known = map.client(found.locality);
  const model::Place& place = *known.place;
  if (place.source == model::PlaceSource::kData) out.set_source(v1::ClientLocation::DATA);
  if (place.source == model::PlaceSource::kOverride) out.set_source(v1::ClientLocation::OVERRIDE);
  out.set_continent_code(place.continent);
  out.set_country_code(place.country);
  out.set_subdivision_code(place.subdivision);
  out.set_city(place.city);
  if (place.coordinates) {
    out.mutable_coordinates()->set_latitude(place.coordinates->latitude);
    out.mutable_coordinates()->set_longitude(place.coordinates->longitude);
  }
  for (const model::CollectionMatch& match : *known.blocks) {
    v1::ClientLocation::CidrMatch& item = *out.add_cidr_matches();
    item.set_collection_id(match.collection);
    for (const std::string& location : match.locations) item.add_location_names(location);
  }
  for (const auto& [region, time] : *known.round_trips) {
    v1::ClientLocation::RegionRoundTrip& item = *out.add_round_trips();
    item.set_region(region);
    item.set_milliseconds(time.milliseconds);
    item.set_measured(time.source == model::RoundTripSource::kMeasured);
    item.set_prefix(time.prefix.text());
    item.set_samples(time.samples);
  }
}

void describe(const LocationState& state, const LocationOptions& options,
              const model::Config& config, const std::vector<std::uint64_t>& demand,
              v1::LocationData& out) {
  const model::LocalityMap& map = *state.map;
  out.set_path(map.data().path);
  out.set_database_type(map.data().database_type);
  if (map.data().built != 0) out.mutable_built()->set_seconds(map.data().built);
  if (state.loaded != std::chrono::system_clock::time_point()) {
    set_time(state.loaded, *out.mutable_loaded());
  }
  out.set_load_milliseconds(static_cast<std::uint32_t>(state.took.count()));
  out.set_localities(map.localities().size());
  out.set_prefixes(map.data().prefixes);
  out.set_cells(map.cells().size());
  out.set_latency_table(options.latency_table);
  out.set_latency_rows(state.latency_rows);
  out.set_place_overrides(config.place_overrides.size());
  out.set_cidr_collections(config.cidr_collections.size());
  out.set_round_trips(state.round_trips);
  out.set_last_error(state.last_error);
  out.set_too_old(state.too_old);
  const LocatedAnswers answers = located_answers(map, demand);
  out.set_located_answers(answers.total());
  out.set_unlocated_answers(answers.unlocated);
  out.set_too_many_unlocated(has_too_many_unlocated(map, answers, options.max_unlocated_percent));
}

}  // namespace signpost::control
