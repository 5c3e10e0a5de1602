// Which localities a policy treats alike: so that answers are made once for each class of clients.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "model/answer_table.h"
#include "model/locality_map.h"
#include "policy/inputs.h"

namespace signpost::policy {

// Classes of localities that get equal answers.
struct LocalityClasses {
  std::vector<std::uint32_t> classes;              // by LocalityId
  std::vector<model::LocalityId> representatives;  // a locality of each class
};
using LocalityClassesPtr = std::shared_ptr<const LocalityClasses>;

// Remembers what it has made, as far as its memory goes. Partitions with equal contents are one
// object as long as anybody uses it. Not thread safe.
class Partitioner {
 public:
  explicit Partitioner(model::LocalityMapPtr localities);

  const model::LocalityMapPtr& localities() const { return localities_; }

  // The classes that the decisions about all these groups tell apart, under the health that
  // `inputs` says; its client is not looked at.
  LocalityClassesPtr classes(const std::vector<const model::RecordGroup*>& groups,
                             const Inputs& inputs);

  // The partition in which the localities of class c have the class names[c], below `count`.
  model::PartitionPtr partition(const LocalityClassesPtr& from,
                                const std::vector<std::uint16_t>& names, std::uint32_t count);

  // Forgets all if it takes too much memory; partitions in use stay what they are.
  void trim();

 private:
  // For each locality the sets of a group in order, kNoSet behind the last.
  struct Orders {
    std::size_t sets = 0;
    std::vector<std::uint16_t> order;
  };
  const Orders& orders_of(const model::RecordGroup& group, const Inputs& inputs);
  LocalityClassesPtr classes_of(const model::RecordGroup& group, const Inputs& inputs);
  model::PartitionPtr interned(std::shared_ptr<model::Partition> fresh);

  model::LocalityMapPtr localities_;
  std::size_t octets_ = 0;  // that the maps below take, about
  absl::flat_hash_map<std::string, std::shared_ptr<const Orders>> orders_;  // by signature
  absl::flat_hash_map<std::string, LocalityClassesPtr> classes_;      // by signatures and health
  absl::flat_hash_map<std::string, model::PartitionPtr> partitions_;  // by classes and names
  absl::flat_hash_map<std::uint64_t, std::vector<std::weak_ptr<const model::Partition>>>
      interned_;  // by hash of contents
};

}  // namespace signpost::policy
