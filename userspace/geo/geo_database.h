// Where the addresses of the world are, read from MMDB files.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "geo/place_pool.h"
#include "geo/place_trie.h"
#include "model/locality_map.h"

namespace signpost::geo {

// Immutable, and independent of its files once it is open.
class GeoDatabase {
 public:
  // Reads all of `paths`, MMDB files with countries or cities in MaxMind's or ip-location-db's
  // layout. Where several know an address, the first decides. Every node and record that is
  // reachable is checked. On an error (NOT_FOUND and the like, or DATA_LOSS for a file that is no
  // MMDB file, is damaged, or says nothing of places) the message names the file and the remedy.
  // Takes about two seconds and, for a moment, the memory of the largest file for the cities of
  // the world.
  static absl::StatusOr<GeoDatabase> open(const std::vector<std::string>& paths);

  const PlaceTrie& ipv4() const { return ipv4_; }
  // Without addresses that stand for IPv4 ones: ::/96, ::ffff:0:0/96, and what the file makes an
  // alias of its IPv4 part, as 2002::/16.
  const PlaceTrie& ipv6() const { return ipv6_; }
  const PlacePool& places() const { return places_; }

  // Paths and types of several files are joined by ", "; `built` is that of the oldest. `prefixes`
  // is 0.
  const model::LocalityData& data() const { return data_; }

 private:
  GeoDatabase() = default;
  absl::Status add(const std::string& path);

  PlacePool places_;
  PlaceTrie ipv4_;
  PlaceTrie ipv6_;
  model::LocalityData data_;
};

}  // namespace signpost::geo
