// What a record of an MMDB file says of a place.
#pragma once

#include <maxminddb.h>

#include "absl/status/statusor.h"
#include "model/locality_map.h"

namespace signpost::geo {

// Reads MaxMind's nested layout (country.iso_code, location.latitude, ...) and the flat one of
// ip-location-db (country_code, state1, latitude, ...); what is missing stays empty, and the source
// stays kNone. Country and continent are Route 53's: continent_of() comes before the record's own
// continent. DATA_LOSS if a value that is there cannot be true. `record` must have passed
// MmdbCheck.
absl::StatusOr<model::Place> read_place(MMDB_entry_s record);

}  // namespace signpost::geo
