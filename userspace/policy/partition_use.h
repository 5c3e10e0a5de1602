// Which partitions the answers of a table use, and what that makes of the roots of its map of
// localities.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "model/answer_table.h"
#include "model/locality_map.h"

namespace signpost::policy {

// By root: whether `classes` has one class for all localities below, where they are several. A bit
// each, that of root i in word i / 64; nothing if the map says nothing of its roots.
std::vector<std::uint64_t> uniform_roots(const model::RootLocalities& below,
                                         const std::vector<std::uint16_t>& classes);

// How many answers use each partition. A change against a table counts what it takes and adds.
class PartitionUse {
 public:
  void add(const model::Node& node) { count(node, 1); }
  void remove(const model::Node& node) { count(node, -1); }

  // Whether `change` makes a partition come into use or go out of it.
  bool is_changed_by(const PartitionUse& change) const;
  void apply(const PartitionUse& change);

  // The roots of `map` as all partitions in use after `change` see them; null if they are those of
  // the map.
  model::LocalityRootsPtr roots(const model::LocalityMap& map, const PartitionUse& change) const;

 private:
  void count(const model::Node& node, int by);
  int count_of(const model::PartitionPtr& partition) const;

  absl::flat_hash_map<model::PartitionPtr, int> counts_;
};

}  // namespace signpost::policy
