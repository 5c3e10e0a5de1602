#include "geo/locality_order.h"

#include <algorithm>
#include <compare>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace signpost::geo {
namespace {

double longitude(const model::Place& place) {
  return place.coordinates ? place.coordinates->longitude : 0;
}

bool before(const model::Place& a, const model::Place& b) {
  if (const auto order = a.continent <=> b.continent; order != 0) return order < 0;
  if (const auto order = a.country <=> b.country; order != 0) return order < 0;
  if (const auto order = a.subdivision <=> b.subdivision; order != 0) return order < 0;
  return longitude(a) < longitude(b);
}

// The position of each place among all, in their order.
std::vector<std::uint32_t> ranks_of(const std::vector<model::Place>& places) {
  std::vector<std::uint32_t> order(places.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return before(places[a], places[b]); });
  std::vector<std::uint32_t> ranks(places.size());
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = rank;
  return ranks;
}

void renumber(const std::vector<model::LocalityId>& numbers, model::LocalityMap::Parts& parts) {
  for (model::LocalityCell& cell : parts.cells) {
    for (std::uint32_t& entry : cell) {
      if ((entry & model::kLocalityInnerEntry) == 0)
        entry = numbers[entry >> 8] << 8 | (entry & 0xff);
    }
  }
  for (auto& [key, locality] : parts.inner) locality = numbers[locality];
}

}  // namespace

void order_by_place(model::LocalityMap::Parts& parts) {
  const std::vector<std::uint32_t> ranks = ranks_of(parts.places);
  std::vector<model::LocalityId> order(parts.localities.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin() + 1, order.end(), [&](model::LocalityId a, model::LocalityId b) {
    return ranks[parts.localities[a].place] < ranks[parts.localities[b].place];
  });
  std::vector<model::Locality> localities;
  std::vector<model::LocalityId> numbers(order.size());
  localities.reserve(order.size());
  for (const model::LocalityId old : order) {
    numbers[old] = static_cast<model::LocalityId>(localities.size());
    localities.push_back(parts.localities[old]);
  }
  parts.localities = std::move(localities);
  renumber(numbers, parts);
}

}  // namespace signpost::geo
