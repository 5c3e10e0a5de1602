#include "geo/place_pool.h"

#include <algorithm>

namespace signpost::geo {

PlacePool::PlacePool() { intern(model::Place{}); }

PlaceId PlacePool::intern(const model::Place& place) {
  Stored stored;
  stored.continent = code_of(place.continent);
  stored.country = code_of(place.country);
  stored.subdivision = code_of(place.subdivision);
  stored.located = place.coordinates.has_value();
  if (place.coordinates) stored.coordinates = *place.coordinates;
  stored.city = &*cities_.insert(place.city).first;
  const auto [at, is_new] = ids_.emplace(stored, static_cast<PlaceId>(places_.size()));
  if (is_new) places_.push_back(stored);
  return at->second;
}

void PlacePool::freeze() {
  ids_ = {};
  places_.shrink_to_fit();
}

model::Place PlacePool::place(PlaceId id) const {
  const Stored& stored = places_[id];
  model::Place place;
  place.source = id == 0 ? model::PlaceSource::kNone : model::PlaceSource::kData;
  place.continent = text_of(stored.continent);
  place.country = text_of(stored.country);
  place.subdivision = text_of(stored.subdivision);
  place.city = *stored.city;
  if (stored.located) place.coordinates = stored.coordinates;
  return place;
}

PlacePool::Code PlacePool::code_of(std::string_view text) {
  Code code{};
  std::copy_n(text.begin(), std::min(text.size(), code.size()), code.begin());
  return code;
}

std::string PlacePool::text_of(const Code& code) {
  return code[0] == 0 ? std::string() : std::string(code.begin(), code.end());
}

}  // namespace signpost::geo
