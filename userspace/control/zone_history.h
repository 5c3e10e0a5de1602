// The history of one zone by its serials: what IXFR is made from.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/delta.h"
#include "control/sqlite.h"
#include "dns/name.h"
#include "model/config.h"

namespace signpost::control {

// Makes the serials of a zone quick to find, if they are not yet.
absl::Status index_serials(Database& database);

// What differs in the zone between its last state with `serial` and that of the generation `to`,
// which is later. NOT_FOUND if the history does not hold that.
absl::StatusOr<Deltas> read_zone_changes(Database& database, const dns::Name& apex,
                                         std::uint32_t serial, model::ConfigGeneration to);

}  // namespace signpost::control
