// The locality map of geographic data, of what the operator knows better, and of round-trip times.
#pragma once

#include <cstddef>
#include <stop_token>
#include <vector>

#include "absl/status/statusor.h"
#include "geo/geo_database.h"
#include "geo/round_trip_samples.h"
#include "geo/round_trip_table.h"
#include "model/config.h"
#include "model/locality_map.h"

namespace signpost::geo {

// The map for `config` (its place overrides and CIDR collections), `data` (null: none), the
// operator's table, and what was measured. Of a client
// - the place is that of the longest override, else that of the data;
// - the locations of a collection are those of the blocks that hold it, longest first;
// - the round-trip time of a region is the measured one of the longest prefix that has one, else
//   that of the table.
// Leaves are as short as they can be. The same input gives the same map. RESOURCE_EXHAUSTED if it
// has more than `localities_max` localities; CANCELLED, soon, once `stop` is requested.
absl::StatusOr<model::LocalityMapPtr> build_locality_map(
    const GeoDatabase* data, const model::Config& config, const RoundTripTable& table,
    const std::vector<MeasuredRoundTrip>& measured,
    std::size_t localities_max = model::kLocalitiesMax, const std::stop_token& stop = {});

}  // namespace signpost::geo
