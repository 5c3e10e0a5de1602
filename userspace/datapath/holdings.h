// What each name and zone holds in the maps, and the plan of a change to it. Both sets always hold
// the same.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "datapath/cell_allocator.h"
#include "datapath/digest.h"
#include "datapath/image.h"
#include "datapath/table_maps.h"
#include "model/answer_table.h"

namespace signpost::datapath {

// Of one name: the pages of its node, and its run of cells. The name itself isn't kept: 10^6 names
// take 60 MB.
struct Holding {
  std::uint32_t first = 0;
  std::uint32_t cells = 0;
  std::uint32_t pages = 0;  // 0: the name is not held
  friend bool operator==(const Holding&, const Holding&) = default;
};

// The two sides of a change.
enum class Side { kBefore, kAfter };

struct NameChange {
  dns::Name name;
  node_key key{};
  Holding before;
  Holding after{};
  bool has_partitions = false;  // uses some, before or after
  const Holding& on(Side side) const { return side == Side::kBefore ? before : after; }
};

struct ZoneChange {
  model::ZoneId id = 0;
  std::optional<ZoneRun> before;
  std::optional<ZoneRun> after;
  const std::optional<ZoneRun>& on(Side side) const {
    return side == Side::kBefore ? before : after;
  }
};

// A partition that comes or goes, or that more or fewer names than before use.
struct PartitionChange {
  model::PartitionPtr partition;
  PartitionRun run;
  std::uint32_t users_before = 0;  // names
  std::uint32_t users_after = 0;
  bool comes() const { return users_before == 0; }
  bool goes() const { return users_after == 0; }
};

// Where the networks of views lie.
struct ViewRun {
  std::uint32_t first = 0;
  std::uint32_t cells = 0;
  std::uint32_t ranges = 0;
};

// Other views get a run of their own.
struct ViewChange {
  ViewRun before;
  ViewRun after;
  const ViewRun& on(Side side) const { return side == Side::kBefore ? before : after; }
};

// Each name, zone and partition once; zones by id, and names as the change has them, which is how
// their nodes lie in memory.
struct HoldingsChange {
  std::vector<ZoneChange> zones;
  std::vector<NameChange> names;
  absl::flat_hash_map<model::PartitionPtr, PartitionChange> partitions;
  std::optional<ViewChange> views;
};

class Holdings {
 public:
  explicit Holdings(const Capacity& capacity);

  // Plans `change` from the table that is held to `table`, with runs for all that is new.
  // RESOURCE_EXHAUSTED, and nothing allocated, if it does not fit. Each plan ends with commit() or
  // cancel().
  absl::StatusOr<HoldingsChange> plan(const model::AnswerTable& before,
                                      const model::AnswerTable& table,
                                      const model::TableChange& change, const DigestKey& key);
  void commit(const HoldingsChange& change);
  void cancel(const HoldingsChange& change);

  // Allocates everything that `table` needs. Requires that nothing is held.
  absl::Status take(const model::AnswerTable& table, const DigestKey& key);

  // What a name of the table holds now.
  Holding of_name(const node_key& key) const;
  const ZoneRun* of_zone(model::ZoneId id) const;
  const ViewRun& of_views() const { return views_; }

  // Finds the zones and partitions that are held now, or on one side of a planned change.
  Places places() const;
  Places places(const HoldingsChange& change, Side side) const;

  // Calls visit for every partition that is held.
  void for_each_partition(
      const std::function<void(const model::Partition&, const PartitionRun&)>& visit) const;

  std::uint64_t nodes() const { return nodes_; }
  std::uint64_t cells() const { return cells_.used(); }

 private:
  struct HeldPartition {
    PartitionRun run;
    std::uint32_t users = 0;  // names
  };

  ZoneFinder zones() const;
  ZoneFinder zones(const HoldingsChange& change, Side side) const;
  absl::Status plan_zones(const model::AnswerTable& table, const std::vector<model::ZoneId>& ids,
                          HoldingsChange& plan);
  absl::Status place_names(HoldingsChange& plan);
  absl::Status plan_names(const model::AnswerTable& before, const model::AnswerTable& table,
                          const model::TableChange& change, const DigestKey& key,
                          HoldingsChange& plan);
  absl::Status plan_partitions(const model::AnswerTable& before, const model::AnswerTable& table,
                               HoldingsChange& plan);
  absl::Status plan_views(const model::AnswerTable& before, const model::AnswerTable& table,
                          HoldingsChange& plan);
  absl::StatusOr<ViewRun> allocate_views(const model::ViewMap& views);
  absl::Status check_nodes(const HoldingsChange& plan) const;
  absl::Status allocate(std::uint32_t cells, std::uint32_t& first);
  void keep(const node_key& key, const Holding& held);

  Capacity capacity_;
  CellAllocator cells_;
  std::uint64_t nodes_ = 0;
  // All but those that hold one page and no cells, as most names do.
  absl::flat_hash_map<node_key, Holding, NodeKeyHash, NodeKeyEqual> names_;
  absl::flat_hash_map<model::ZoneId, ZoneRun> zones_;
  absl::flat_hash_map<model::PartitionPtr, HeldPartition> partitions_;
  ViewRun views_;
};

}  // namespace signpost::datapath
