// What is known of a client, for the API.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "control/locations.h"
#include "model/config.h"
#include "model/locality_map.h"
#include "model/prefix.h"

namespace signpost::v1 {
class ClientLocation;
class LocationData;
}  // namespace signpost::v1

namespace signpost::control {

// An address or a prefix of at least one bit, which names the field `field` of a request. Bits
// behind the prefix do not matter.
absl::StatusOr<model::Prefix> read_client(const std::string& text, const std::string& field);

// `found` is what `map` has for `client`.
void describe(const model::Prefix& client, const model::LocalityMap::Found& found,
              const model::LocalityMap& map, v1::ClientLocation& out);

// `demand`: answers by locality of the map of `state`.
void describe(const LocationState& state, const LocationOptions& options,
              const model::Config& config, const std::vector<std::uint64_t>& demand,
              v1::LocationData& out);

}  // namespace signpost::control
