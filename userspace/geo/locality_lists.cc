#include "geo/locality_lists.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "model/countries.h"

namespace signpost::geo {
namespace {

// Texts that are equal for equal values only: every text in them comes with its length.
void append_key(std::string& key, std::string_view text) {
  absl::StrAppend(&key, text.size(), ":");
  key.append(text);
}

template <typename Number>
void append_octets(std::string& key, const Number& number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string key_of(const model::Place& place) {
  std::string key;
  for (const std::string* text :
       {&place.continent, &place.country, &place.subdivision, &place.city})
    append_key(key, *text);
  if (place.coordinates) {
    append_octets(key, place.coordinates->latitude);
    append_octets(key, place.coordinates->longitude);
  }
  return key;
}

std::string key_of(const model::CollectionMatches& matches) {
  std::string key;
  for (const model::CollectionMatch& match : matches) {
    append_key(key, match.collection);
    absl::StrAppend(&key, match.locations.size(), ";");
    for (const std::string& location : match.locations) append_key(key, location);
  }
  return key;
}

std::string key_of(const model::RoundTrips& round_trips) {
  std::string key;
  for (const auto& [region, round_trip] : round_trips) {
    append_key(key, region);
    append_octets(key, round_trip.milliseconds);
    append_octets(key, round_trip.source);
    append_key(key, model::LocalityMap::inner_key(round_trip.prefix));
    append_octets(key, round_trip.samples);
  }
  return key;
}

template <typename Index, typename Value>
std::uint32_t number_of(Value value, std::vector<Value>& list, Index& index) {
  const auto [at, is_new] = index.emplace(key_of(value), static_cast<std::uint32_t>(list.size()));
  if (is_new) list.push_back(std::move(value));
  return at->second;
}

}  // namespace

std::size_t LocalityLists::LocalityHash::operator()(const model::Locality& locality) const {
  return absl::Hash<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>>{}(
      {locality.place, locality.blocks, locality.round_trips});
}

LocalityLists::LocalityLists(const PlacePool* places, std::size_t localities_max)
    : data_(places),
      localities_max_(localities_max),
      place_by_data_(places == nullptr ? 1 : places->size()),
      locality_by_data_(place_by_data_.size()) {
  blocks_ids_.emplace(key_of(blocks_[0]), 0);
  round_trips_ids_.emplace(key_of(round_trips_[0]), 0);
  locality_ids_.emplace(localities_[0], 0);
}

Context LocalityLists::with(Context context, const Overlay& overlay) {
  switch (overlay.kind) {
    case OverlayKind::kPlace:
      context.place = add_place(*overlay.place);
      break;
    case OverlayKind::kBlock:
      context.blocks = add_block(context.blocks, overlay);
      break;
    case OverlayKind::kRoundTrip:
      context.round_trips = add_round_trip(context.round_trips, overlay);
      break;
  }
  return context;
}

model::LocalityId LocalityLists::locality(PlaceId place, const Context& context) {
  const bool only_data = context.place == 0 && context.blocks == 0 && context.round_trips == 0;
  if (only_data && locality_by_data_[place] != 0) return locality_by_data_[place];
  const std::uint32_t listed = context.place != 0 ? context.place : place_of_data(place);
  const model::LocalityId id = locality({listed, context.blocks, context.round_trips});
  if (only_data) locality_by_data_[place] = id;
  return id;
}

model::LocalityId LocalityLists::locality(const model::Locality& locality) {
  if (const auto known = locality_ids_.find(locality); known != locality_ids_.end())
    return known->second;
  full_ = full_ || localities_.size() >= localities_max_;
  if (full_) return 0;
  const auto id = static_cast<model::LocalityId>(localities_.size());
  localities_.push_back(locality);
  locality_ids_.emplace(locality, id);
  return id;
}

void LocalityLists::finish(model::LocalityMap::Parts& parts) {
  parts.places = std::move(places_);
  parts.blocks = std::move(blocks_);
  parts.round_trips = std::move(round_trips_);
  parts.localities = std::move(localities_);
}

std::uint32_t LocalityLists::place_of_data(PlaceId place) {
  if (place == 0) return 0;
  std::uint32_t& listed = place_by_data_[place];
  if (listed == 0) {
    listed = static_cast<std::uint32_t>(places_.size());
    places_.push_back(data_->place(place));
  }
  return listed;
}

std::uint32_t LocalityLists::add_place(const model::Place& place) {
  model::Place own = place;
  own.source = model::PlaceSource::kOverride;
  if (own.continent.empty()) own.continent = model::continent_of(own.country);
  return number_of(std::move(own), places_, place_ids_);
}

std::uint32_t LocalityLists::add_block(std::uint32_t blocks, const Overlay& overlay) {
  model::CollectionMatches matches = blocks_[blocks];
  auto at = std::lower_bound(matches.begin(), matches.end(), *overlay.collection,
                             [](const model::CollectionMatch& match, const std::string& id) {
                               return match.collection < id;
                             });
  if (at == matches.end() || at->collection != *overlay.collection)
    at = matches.insert(at, {*overlay.collection, {}});
  std::erase(at->locations, *overlay.location);  // a location counts once, by its longest block
  at->locations.insert(at->locations.begin(), *overlay.location);
  return number_of(std::move(matches), blocks_, blocks_ids_);
}

std::uint32_t LocalityLists::add_round_trip(std::uint32_t round_trips, const Overlay& overlay) {
  const auto known = round_trips_[round_trips].find(*overlay.region);
  const bool is_measured = known != round_trips_[round_trips].end() &&
                           known->second.source == model::RoundTripSource::kMeasured;
  if (is_measured && overlay.round_trip.source == model::RoundTripSource::kTable)
    return round_trips;
  model::RoundTrips more = round_trips_[round_trips];
  more[*overlay.region] = overlay.round_trip;
  return number_of(std::move(more), round_trips_, round_trips_ids_);
}

}  // namespace signpost::geo
