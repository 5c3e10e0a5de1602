// The maps of gdnsd's geoip plugin: which order of data centres is for which clients.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "signpost/convert/gdnsd_resources.h"
#include "signpost/convert/node.h"
#include "signpost/v1/config.pb.h"

namespace signpost::cli::convert {

// An order of data centres, or the distance from the client in its place.
struct DataCentreOrder {
  bool by_distance = false;
  std::vector<std::string> names;
};

struct GdnsdMap {
  std::string name;
  struct Place {
    std::string identifier;  // "EU-DE", "default"
    v1::GeolocationPolicy where;
    DataCentreOrder order;
  };
  std::vector<Place> places;  // the default last
  struct Nets {
    std::vector<std::string> prefixes;
    DataCentreOrder order;
  };
  std::vector<Nets> nets;  // of one order each
  struct Site {
    std::string name;
    v1::Coordinates coordinates;
  };
  std::vector<Site> sites;  // of the data centres whose coordinates are known, in their order
};

// Reads the map of that name; `folder` is that of files it names. What has no equal is noted.
absl::StatusOr<GdnsdMap> read_gdnsd_map(const GdnsdResources& resources, const Node& map,
                                        const std::string& folder);

}  // namespace signpost::cli::convert
