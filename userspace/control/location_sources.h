// What a map of localities is made of, to tell whether another one would be the same.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "geo/geo_database.h"
#include "geo/round_trip_samples.h"
#include "geo/round_trip_table.h"
#include "model/change.h"
#include "model/config.h"

namespace signpost::control {

// What files say.
struct LocationFiles {
  std::optional<geo::GeoDatabase> data;
  geo::RoundTripTable table;
};

struct LocationSources {
  model::Config places;  // nothing but the CIDR collections and the places of prefixes
  std::shared_ptr<const LocationFiles> files;  // never null
  // Empty where no record set routes by latency: then they would only tell clients apart whose
  // answers are the same.
  std::vector<geo::MeasuredRoundTrip> measured;

  bool are_empty() const;
};

LocationSources sources_of(const model::Config& config, std::shared_ptr<const LocationFiles> files,
                           std::vector<geo::MeasuredRoundTrip> measured);

// Whether both make the same map: the same files, and the same said of the same prefixes.
bool make_the_same(const LocationSources& a, const LocationSources& b);

// Whether a change may bring clients elsewhere: it is about collections or places, or puts a record
// set that routes by latency, for which round trips count.
bool may_move_clients(const model::ChangeBatch& batch);

}  // namespace signpost::control
