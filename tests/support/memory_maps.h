// The maps of the fast path in plain memory: for tests of the publisher, and for the fast path
// built natively.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "datapath/node_table.h"
#include "datapath/table_maps.h"
#include "tests/support/guard_cells.h"

namespace signpost::testing {

class MemoryMaps : public datapath::TableMaps {
 public:
  explicit MemoryMaps(const datapath::Capacity& capacity);

  const datapath::Capacity& capacity() const override { return capacity_; }
  struct control& control() override {
    return control_;
  }
  absl::Status put_nodes(std::uint32_t set, std::span<const node> nodes) override;
  absl::Status delete_nodes(std::uint32_t set, std::span<const node_key> keys) override;
  absl::Status put_cells(std::uint32_t set, std::uint32_t first,
                         std::span<const cell> cells) override;
  absl::Status put_localities(std::uint32_t slot, std::span<const locality_cell> cells) override;
  absl::Status drop_localities(std::uint32_t slot) override;
  absl::Status put_roots(std::uint32_t set, std::span<const locality_cell> cells) override;
  absl::Status clear(std::uint32_t set) override;
  absl::Status wait_for_readers() override { return absl::OkStatus(); }
  absl::StatusOr<std::vector<std::pair<id_key, std::uint32_t>>> ids() override;
  absl::Status put_id(const id_key& key, std::uint32_t id) override;
  absl::Status delete_id(const id_key& key) override;
  absl::StatusOr<std::vector<std::uint64_t>> reason_counts() override;
  absl::StatusOr<std::uint64_t> answer_count(std::uint32_t counter) override;
  absl::Status reset_answer_count(std::uint32_t counter) override;
  absl::StatusOr<std::vector<std::uint64_t>> demand() override;
  absl::Status reset_demand() override;
  absl::StatusOr<std::vector<std::uint64_t>> guard_counts() override { return guard_.counts(); }

  // Look-ups as the XDP program makes them; null where a map would give NULL.
  const node* find_slot(std::uint32_t set, std::uint32_t slot) const;
  const cell* find_cell(std::uint32_t set, std::uint32_t index) const;
  const locality_cell* find_locality_cell(std::uint32_t slot, std::uint32_t index) const;
  const locality_cell* find_locality_root(std::uint32_t set, std::uint32_t index) const;
  std::uint64_t* find_demand(std::uint32_t locality);
  std::uint32_t* find_cursor(std::uint32_t ring);
  std::uint64_t* find_reason_count(std::uint32_t reason);
  std::uint64_t* find_type_count(std::uint32_t index);
  std::uint64_t* find_answer_count(std::uint32_t counter);
  bucket_line* find_bucket_line(std::uint32_t line) { return guard_.find_bucket_line(line); }
  std::uint64_t* find_guard_count(std::uint32_t event) { return guard_.find_guard_count(event); }

  const node* find_node(std::uint32_t set, const node_key& key) const {
    return nodes_[set].find(key);
  }
  std::size_t node_count(std::uint32_t set) const;

  // What is in a slot; empty if nothing is.
  const std::vector<locality_cell>& localities(std::uint32_t slot) const {
    return localities_[slot];
  }

 private:
  // For keys without hidden padding.
  struct OctetsHash {
    template <typename Key>
    std::size_t operator()(const Key& key) const;
  };
  struct OctetsEqual {
    template <typename Key>
    bool operator()(const Key& a, const Key& b) const;
  };

  datapath::Capacity capacity_;
  struct control control_ {};
  std::array<std::vector<node>, 2> slots_;
  std::array<datapath::NodeTable, 2> nodes_;
  std::array<std::vector<cell>, 2> cells_;  // as far as written
  std::array<std::vector<locality_cell>, LOCALITY_SLOTS> localities_;
  std::array<std::vector<locality_cell>, 2> roots_;
  absl::flat_hash_map<id_key, std::uint32_t, OctetsHash, OctetsEqual> ids_;
  std::vector<std::uint32_t> cursors_;
  std::vector<std::uint64_t> reasons_;
  std::vector<std::uint64_t> types_;
  std::vector<std::uint64_t> answers_;
  std::vector<std::uint64_t> demand_;
  GuardCells guard_;
};

// Passes everything on to other maps, and fails where a test wants it.
class FaultyMaps : public datapath::TableMaps {
 public:
  explicit FaultyMaps(datapath::TableMaps& maps) : maps_(maps) {}

  // The `nth` write from now on, counted from 0, fails, and the `further` ones after it. Writes of
  // more than one element are half done when they fail.
  void fail(std::uint64_t nth, std::uint64_t further = 0);
  void heal() { fail(~std::uint64_t{0}); }
  std::uint64_t writes() const { return writes_; }

  const datapath::Capacity& capacity() const override { return maps_.capacity(); }
  struct control& control() override {
    return maps_.control();
  }
  absl::Status put_nodes(std::uint32_t set, std::span<const node> nodes) override;
  absl::Status delete_nodes(std::uint32_t set, std::span<const node_key> keys) override;
  absl::Status put_cells(std::uint32_t set, std::uint32_t first,
                         std::span<const cell> cells) override;
  absl::Status put_localities(std::uint32_t slot, std::span<const locality_cell> cells) override;
  absl::Status drop_localities(std::uint32_t slot) override;
  absl::Status put_roots(std::uint32_t set, std::span<const locality_cell> cells) override;
  absl::Status clear(std::uint32_t set) override;
  absl::Status wait_for_readers() override;
  absl::StatusOr<std::vector<std::pair<id_key, std::uint32_t>>> ids() override;
  absl::Status put_id(const id_key& key, std::uint32_t id) override;
  absl::Status delete_id(const id_key& key) override;
  absl::StatusOr<std::vector<std::uint64_t>> reason_counts() override;
  absl::StatusOr<std::uint64_t> answer_count(std::uint32_t counter) override;
  absl::Status reset_answer_count(std::uint32_t counter) override;
  absl::StatusOr<std::vector<std::uint64_t>> demand() override;
  absl::Status reset_demand() override;
  absl::StatusOr<std::vector<std::uint64_t>> guard_counts() override {
    return maps_.guard_counts();
  }

 private:
  bool fails();

  datapath::TableMaps& maps_;
  std::uint64_t writes_ = 0;
  std::uint64_t first_failure_ = ~std::uint64_t{0};
  std::uint64_t further_failures_ = 0;
};

}  // namespace signpost::testing
