// How much each client counts where answers of two tables are compared.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "model/answer_table.h"
#include "model/locality_map.h"
#include "model/prefix.h"

namespace signpost::policy {

// So many queries, or of such a part of all clients, come from a prefix.
struct PrefixWeight {
  model::Prefix prefix;  // of length 0: nothing is known of these clients
  double weight = 0;     // above 0
};

// Clients by where the localities of a table before and of one after have them.
class Clients {
 public:
  // Each locality of `before` of which anything is known counts alike; if there is none, the one
  // of which nothing is. Clients that `after` tells apart share what their locality counts.
  static Clients alike(const model::LocalityMap& before, const model::LocalityMap& after);

  // As counted: `weights` by LocalityId of `before`, others count nothing.
  static Clients counted(const std::vector<std::uint64_t>& weights,
                         const model::LocalityMap& before, const model::LocalityMap& after);

  static Clients given(const std::vector<PrefixWeight>& weights, const model::LocalityMap& before,
                       const model::LocalityMap& after);

  // Clients of one class of the partition before and one of that after.
  struct Class {
    std::uint32_t before = 0;
    std::uint32_t after = 0;
    double weight = 0;  // above 0
  };
  // All clients; a partition that is null has one class, 0. Counted once for each two partitions.
  // Valid as long as this object.
  const std::vector<Class>& classes(const model::PartitionPtr& before,
                                    const model::PartitionPtr& after);

  // The same clients where both tables have the localities of the one before, or after.
  Clients only_before() const;
  Clients only_after() const;

  double total() const { return total_; }

 private:
  struct Group {
    model::LocalityId before = 0;
    model::LocalityId after = 0;
    double weight = 0;
  };
  explicit Clients(std::vector<Group> groups);

  std::vector<Group> groups_;
  double total_ = 0;
  std::map<std::pair<model::PartitionPtr, model::PartitionPtr>, std::vector<Class>> classes_;
};

}  // namespace signpost::policy
