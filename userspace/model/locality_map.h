// Where clients are, as far as any policy cares. A locality is a class of clients whom all policies
// treat alike; the map finds the locality of a client's prefix. Immutable; both paths read the same
// cells.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "model/locality_cells.h"
#include "model/locality_roots.h"
#include "model/prefix.h"

namespace signpost::model {

struct Coordinates {
  double latitude = 0;   // degrees, -90 to 90
  double longitude = 0;  // degrees, -180 to 180
  friend bool operator==(const Coordinates&, const Coordinates&) = default;
};

// Where what is known of a place came from.
enum class PlaceSource { kNone, kData, kOverride };

// Empty: not known.
struct Place {
  PlaceSource source = PlaceSource::kNone;
  std::string continent;    // AF AN AS EU NA OC SA
  std::string country;      // ISO 3166-1 alpha-2
  std::string subdivision;  // ISO 3166-2 without the country, as "CA" of US; of the US only
  std::string city;         // shown, never compared
  std::optional<Coordinates> coordinates;
  friend bool operator==(const Place&, const Place&) = default;
};

// The blocks of one CIDR collection that hold a client.
struct CollectionMatch {
  std::string collection;              // its id
  std::vector<std::string> locations;  // of the blocks, longest block first
  friend bool operator==(const CollectionMatch&, const CollectionMatch&) = default;
};
using CollectionMatches = std::vector<CollectionMatch>;  // by collection id

enum class RoundTripSource { kTable, kMeasured };

struct RoundTrip {
  double milliseconds = 0;
  RoundTripSource source = RoundTripSource::kTable;
  Prefix prefix;              // for which it was given or measured
  std::uint32_t samples = 0;  // measured: how many
  friend bool operator==(const RoundTrip&, const RoundTrip&) = default;
};
using RoundTrips =
    std::map<std::string, RoundTrip>;  // by region; of the longest prefix that has one

// What policies see of a client. Pointers are valid as long as the map.
struct Client {
  const Place* place = nullptr;  // never null in the client of a map
  const CollectionMatches* blocks = nullptr;
  const RoundTrips* round_trips = nullptr;
};

// Indices into the lists of the map; 0 stands for nothing known in each.
struct Locality {
  std::uint32_t place = 0;
  std::uint32_t blocks = 0;
  std::uint32_t round_trips = 0;
  friend bool operator==(const Locality&, const Locality&) = default;
};

// What the map was made from, for `status` and `explain`.
struct LocalityData {
  std::string path;            // of the geographic data; empty: none
  std::string database_type;   // as it calls itself
  std::int64_t built = 0;      // seconds of Unix time
  std::uint64_t prefixes = 0;  // leaves of both families
};

class LocalityMap {
 public:
  // What geo::build_locality_map() hands over. Index 0 of each list stands for nothing known.
  struct Parts {
    std::vector<Place> places;
    std::vector<CollectionMatches> blocks;
    std::vector<RoundTrips> round_trips;
    std::vector<Locality> localities;
    std::vector<LocalityCell> cells;
    // The locality of a prefix that holds longer blocks, where it is not that of its first address:
    // those blocks do not count for a client of whom no more is known (route53-semantics 1.8).
    InnerLocalities inner;
    RootLocalities root_localities;  // of `cells` and `inner`, or nothing
    LocalityData data;
  };
  explicit LocalityMap(Parts parts) : parts_(std::move(parts)) {}

  // A map that knows nothing of anyone.
  static std::shared_ptr<const LocalityMap> nowhere();

  struct Found {
    LocalityId locality = 0;
    std::uint8_t prefix_length = 0;  // every client in so many bits of the prefix has this locality
  };
  // The locality of a client of whom `source` is known. Where longer prefixes within `source`
  // differ, prefix_length is that of the first of them, and above source.length.
  Found find(const Prefix& source) const;

  // The same as a table with these roots sees it: a locality that all its policies treat like that.
  Found find(const Prefix& source, const LocalityRoots& roots) const;

  // The leaf of the first address of `prefix`. Requires well-formed cells; `roots`: theirs, or
  // those of a table.
  static Found leaf_of(const std::vector<LocalityCell>& cells, const Prefix& prefix) {
    return leaf_of(cells, cells, prefix);
  }
  static Found leaf_of(const LocalityRoots& roots, const std::vector<LocalityCell>& cells,
                       const Prefix& prefix);

  // Requires id < localities().size().
  Client client(LocalityId id) const;
  const std::vector<Locality>& localities() const { return parts_.localities; }
  const std::vector<LocalityCell>& cells() const { return parts_.cells; }
  const RootLocalities& root_localities() const { return parts_.root_localities; }
  const LocalityData& data() const { return parts_.data; }

  static std::string inner_key(const Prefix& prefix);

 private:
  Parts parts_;
};
using LocalityMapPtr = std::shared_ptr<const LocalityMap>;

}  // namespace signpost::model
