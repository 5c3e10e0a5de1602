// The lists of a locality map, each value once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "geo/overlay.h"
#include "geo/place_pool.h"
#include "model/locality_map.h"

namespace signpost::geo {

// What is known of the clients of an area but for geographic data; indices into the lists.
struct Context {
  std::uint32_t place = 0;  // by the operator; 0: it is that of the data
  std::uint32_t blocks = 0;
  std::uint32_t round_trips = 0;
};

// Numbers values in the order in which they come; 0 is always that of nothing known.
class LocalityLists {
 public:
  // `places` may be null and must outlive this. No more than `localities_max` localities are made.
  LocalityLists(const PlacePool* places, std::size_t localities_max);

  // `context` with what `overlay` adds: overlays come with ascending length of their prefixes.
  Context with(Context context, const Overlay& overlay);

  // The locality of clients who are at `place` as far as the data know. 0 where full().
  model::LocalityId locality(PlaceId place, const Context& context);
  // The same where the place is one of the list.
  model::LocalityId locality(const model::Locality& locality);

  // Whether more localities were wanted than there may be.
  bool full() const { return full_; }

  // Moves the lists into `parts`.
  void finish(model::LocalityMap::Parts& parts);
  const std::vector<model::Locality>& localities() const { return localities_; }

 private:
  std::uint32_t place_of_data(PlaceId place);
  std::uint32_t add_place(const model::Place& place);
  std::uint32_t add_block(std::uint32_t blocks, const Overlay& overlay);
  std::uint32_t add_round_trip(std::uint32_t round_trips, const Overlay& overlay);

  struct LocalityHash {
    std::size_t operator()(const model::Locality& locality) const;
  };
  using Index = absl::flat_hash_map<std::string, std::uint32_t>;  // by content

  const PlacePool* data_;
  std::size_t localities_max_;
  bool full_ = false;
  std::vector<model::Place> places_{1};
  std::vector<model::CollectionMatches> blocks_{1};
  std::vector<model::RoundTrips> round_trips_{1};
  std::vector<model::Locality> localities_{1};
  std::vector<std::uint32_t> place_by_data_;         // 0: not yet in the list
  std::vector<model::LocalityId> locality_by_data_;  // where no more is known; 0: not yet made
  Index place_ids_;
  Index blocks_ids_;
  Index round_trips_ids_;
  absl::flat_hash_map<model::Locality, model::LocalityId, LocalityHash> locality_ids_;
};

}  // namespace signpost::geo
