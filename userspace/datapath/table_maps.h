// The seam to the kernel: what the publisher does to maps. Implemented by KernelMaps, and by
// MemoryMaps for the userspace mode's tests and the differential tests.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bpf/abi.h"

namespace signpost::datapath {

struct Capacity {
  std::uint32_t nodes = 1u << 18;
  std::uint32_t cells = 1u << 19;
  std::uint32_t rings = 1u << 16;
  std::uint32_t counters = 1u << 17;
  // Cells of the map of localities, and localities.
  std::uint32_t locality_cells = 2 * LOCALITY_ROOT_CELLS + (1u << 16);
  std::uint32_t localities = 1u << 16;
};

// Two sets of maps and one control word. Not thread safe.
class TableMaps {
 public:
  virtual ~TableMaps() = default;

  virtual const Capacity& capacity() const = 0;

  // The control element, mapped: stores are seen by packets at once.
  virtual struct control& control() = 0;

  // Writes or deletes in one set. RESOURCE_EXHAUSTED if the map is full; then part of it may have
  // been written.
  virtual absl::Status put_nodes(std::uint32_t set, std::span<const node> nodes) = 0;
  virtual absl::Status delete_nodes(std::uint32_t set, std::span<const node_key> keys) = 0;
  virtual absl::Status put_cells(std::uint32_t set, std::uint32_t first,
                                 std::span<const cell> cells) = 0;

  // Puts a map of localities into a slot that no packet reads, in the place of what is there, or
  // frees the slot; freeing an empty one is no error.
  virtual absl::Status put_localities(std::uint32_t slot, std::span<const locality_cell> cells) = 0;
  virtual absl::Status drop_localities(std::uint32_t slot) = 0;

  // Writes the roots of a set; cells that are not given stay as they are.
  virtual absl::Status put_roots(std::uint32_t set, std::span<const locality_cell> cells) = 0;

  // Empties the nodes of a set.
  virtual absl::Status clear(std::uint32_t set) = 0;

  // Returns once no packet that began before the call is still reading (an RCU grace period).
  virtual absl::Status wait_for_readers() = 0;

  // Remembered ids (bpf/abi.h, ids).
  virtual absl::StatusOr<std::vector<std::pair<id_key, std::uint32_t>>> ids() = 0;
  virtual absl::Status put_id(const id_key& key, std::uint32_t id) = 0;
  virtual absl::Status delete_id(const id_key& key) = 0;

  // Per-CPU sums.
  virtual absl::StatusOr<std::vector<std::uint64_t>> reason_counts() = 0;
  virtual absl::StatusOr<std::uint64_t> answer_count(std::uint32_t counter) = 0;
  virtual absl::Status reset_answer_count(std::uint32_t counter) = 0;

  // Answers given that depend on the client's locality: per-CPU sums by locality, since the map of
  // localities was published.
  virtual absl::StatusOr<std::vector<std::uint64_t>> demand() = 0;
  virtual absl::Status reset_demand() = 0;

  // Per-CPU sums by enum guard_event.
  virtual absl::StatusOr<std::vector<std::uint64_t>> guard_counts() = 0;
};

}  // namespace signpost::datapath
