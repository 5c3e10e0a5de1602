// Where AWS Regions and Local Zones are, for routing by distance.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"
#include "model/locality_map.h"

namespace signpost::model {

// A Region, or the group of a Local Zone, which is the zone's name without its last letter.
struct Region {
  std::string name;
  Coordinates coordinates;  // of the city that it is named for: AWS does not publish its sites
};

// Those of Route 53's ResourceRecordSetRegion; ascending by name.
const std::vector<Region>& regions();

// Ascending by name.
const std::vector<Region>& local_zone_groups();

bool is_local_zone_group(std::string_view name);

// The coordinates of a Region or Local Zone group; null if there is none of that name.
const Coordinates* find_region(std::string_view name);

// The same, where the operator's own regions come first.
std::optional<Coordinates> region_coordinates(const Config& config, std::string_view name);

}  // namespace signpost::model
