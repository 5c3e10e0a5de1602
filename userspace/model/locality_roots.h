// What lies below the roots of a map of localities: so that policies which treat all of that alike
// need not look further than the root.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "model/locality_cells.h"
#include "model/prefix.h"

namespace signpost::model {

// The locality of a prefix that holds longer blocks, where it is not that of its first address.
using InnerLocalities = absl::flat_hash_map<Prefix, LocalityId>;

// Which root leads to a prefix, or to its first address: those of IPv6 come behind those of IPv4.
inline std::size_t locality_root(const Prefix& prefix) {
  return (prefix.is_ipv6 ? kLocalityRoots / 2 : 0) + (prefix.octets[0] << 8u | prefix.octets[1]);
}

// The localities that clients of each root's prefix have, where they are several; by
// locality_root().
struct RootLocalities {
  std::vector<std::uint32_t> ends;     // by root: behind its last one; empty: of no root known
  std::vector<LocalityId> localities;  // of one root after the other

  // Empty where there is one locality, or where they are more than kRootLocalitiesMax.
  std::span<const LocalityId> of(std::size_t root) const;
};

// No policy treats so many localities alike that their list is worth its memory.
inline constexpr std::size_t kRootLocalitiesMax = 1024;

// Requires well-formed cells.
RootLocalities root_localities(const std::vector<LocalityCell>& cells,
                               const InnerLocalities& inner);

// The roots of a map as the policies of a table see them: where they treat all clients of a root's
// prefix alike, it is a leaf of kLocalityRootBits bits, with the locality of one of these clients.
// The others are as in the map.
using LocalityRoots = std::vector<LocalityCell>;  // 2 * kLocalityRootCells
using LocalityRootsPtr = std::shared_ptr<const LocalityRoots>;

}  // namespace signpost::model
