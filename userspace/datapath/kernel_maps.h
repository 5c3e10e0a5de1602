// The fast path's maps in the kernel (bpf/abi.h), created or adopted.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "datapath/bpf_map.h"
#include "datapath/node_table.h"
#include "datapath/table_maps.h"

namespace signpost::datapath {

class KernelMaps : public TableMaps {
 public:
  static absl::StatusOr<std::unique_ptr<KernelMaps>> create(const Capacity& capacity);

  // NOT_FOUND or FAILED_PRECONDITION if the folder has not all maps of this layout and capacity.
  static absl::StatusOr<std::unique_ptr<KernelMaps>> open_pinned(const Capacity& capacity,
                                                                 const std::string& folder);
  // Pins every map below an existing folder, by name.
  absl::Status pin(const std::string& folder) const;

  ~KernelMaps() override;

  // Calls visit for every map that the program refers to.
  void for_each(const std::function<void(const std::string& name, int fd)>& visit) const;

  // The ring buffer that the program hands its samples to, and how many it had no room for, ever.
  int samples_fd() const;
  absl::StatusOr<std::uint64_t> samples_lost() const;

  const Capacity& capacity() const override { return capacity_; }
  struct control& control() override;
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
  absl::StatusOr<std::vector<std::uint64_t>> guard_counts() override;

  // Per-CPU sums: replies by REASON_ANSWERED, REASON_NODATA and REASON_NXDOMAIN, each by counted
  // type; and answers by the first `counters` ids.
  absl::StatusOr<std::vector<std::uint64_t>> type_counts();
  absl::StatusOr<std::vector<std::uint64_t>> answer_counts(std::size_t counters);

 private:
  using NodeMap = TypedMap<std::uint32_t, node>;
  using CellMap = TypedMap<std::uint32_t, cell>;
  using OuterMap = TypedMap<std::uint32_t, std::uint32_t>;
  struct Maps;
  // Makes or finds one map.
  using Source = std::function<absl::StatusOr<BpfMap>(const MapSpec& spec)>;

  KernelMaps(const Capacity& capacity, std::unique_ptr<Maps> maps);
  static absl::StatusOr<std::unique_ptr<KernelMaps>> open(const Capacity& capacity,
                                                          const Source& source);
  absl::Status map_memory();
  std::vector<const BpfMap*> all() const;

  Capacity capacity_;
  std::unique_ptr<Maps> maps_;
  std::span<std::byte> control_;
  std::span<std::byte> node_memory_;
  std::array<NodeTable, 2> nodes_;
  std::span<std::byte> cells_;
  std::span<std::byte> roots_;
};

// A copy of the control element that is pinned at `path`. FAILED_PRECONDITION if it is of another
// layout.
absl::StatusOr<struct control> read_pinned_control(const std::string& path);

}  // namespace signpost::datapath
