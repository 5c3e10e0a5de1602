#include "datapath/map_specs.h"

#include <linux/bpf.h>

#include <bit>
#include <string>

#include "base/status.h"
#include "bpf/abi.h"
#include "bpf/counted_type.h"
#include "bpf/guard_events.h"
#include "bpf/reasons.h"
#include "datapath/node_table.h"

namespace signpost::datapath {
namespace {

constexpr std::uint32_t kIndex = sizeof(std::uint32_t);

// Only what can be mapped into memory begins at a page: struct bucket_line needs that, the others
// are mapped.
MapSpec array_spec(std::string_view name, std::size_t octets, std::uint32_t entries) {
  return {std::string(name), BPF_MAP_TYPE_ARRAY, kIndex, static_cast<std::uint32_t>(octets),
          entries,           BPF_F_MMAPABLE};
}

MapSpec per_cpu_spec(std::string_view name, std::size_t octets, std::uint32_t entries) {
  return {std::string(name),
          BPF_MAP_TYPE_PERCPU_ARRAY,
          kIndex,
          static_cast<std::uint32_t>(octets),
          entries,
          0};
}

MapSpec ids_spec(const Capacity& capacity) {
  return {"ids",
          BPF_MAP_TYPE_HASH,
          sizeof(id_key),
          kIndex,
          capacity.rings + capacity.counters,
          BPF_F_NO_PREALLOC};
}

std::uint64_t in_words(std::uint64_t octets) { return (octets + 7) / 8 * 8; }

// An element of a hash map is a header of 56 octets, the key and the value, in the next size that
// the kernel's allocator has.
std::uint64_t hash_element_octets(const MapSpec& spec) {
  const std::uint64_t octets = 56 + in_words(spec.key_octets) + in_words(spec.value_octets);
  return octets <= 96 && octets > 64 ? 96 : std::bit_ceil(octets);
}

// Arrays are allocated whole, hash maps with 16 octets for each bucket.
std::uint64_t octets_of(const MapSpec& spec, std::uint64_t cpus) {
  constexpr std::uint64_t kBucket = 16;
  const std::uint64_t entries = spec.entries;
  switch (spec.type) {
    case BPF_MAP_TYPE_RINGBUF:
      return entries;
    case BPF_MAP_TYPE_HASH:
      return entries * hash_element_octets(spec) + std::bit_ceil(entries) * kBucket;
    case BPF_MAP_TYPE_PERCPU_ARRAY:
      return entries * in_words(spec.value_octets) * cpus;
    default:
      return entries * in_words(spec.value_octets);
  }
}

}  // namespace

MapSpec outer_spec(std::string_view name, std::uint32_t entries) {
  return {std::string(name), BPF_MAP_TYPE_ARRAY_OF_MAPS, kIndex, kIndex, entries, 0};
}

MapSpec localities_spec(const Capacity& capacity) {
  return array_spec("locality_cells", sizeof(locality_cell), capacity.locality_cells);
}

std::vector<MapSpec> map_specs(const Capacity& capacity) {
  constexpr std::size_t kCount = sizeof(std::uint64_t);
  return {array_spec("control", sizeof(struct control), 1),
          array_spec("nodes", sizeof(node), 2 * node_slots_for(capacity.nodes)),
          array_spec("cells", sizeof(cell), 2 * capacity.cells),
          outer_spec("localities", LOCALITY_SLOTS),
          array_spec("locality_roots", sizeof(locality_cell), 2 * LOCALITY_SET_CELLS),
          per_cpu_spec("cursors", sizeof(std::uint32_t), capacity.rings),
          per_cpu_spec("reasons", kCount, REASON_COUNT),
          per_cpu_spec("type_counts", kCount, TYPE_COUNTS),
          per_cpu_spec("answer_counts", kCount, capacity.counters),
          per_cpu_spec("demand", kCount, capacity.localities),
          array_spec("buckets", sizeof(bucket_line), kBucketLines),
          per_cpu_spec("guard_counts", kCount, GUARD_EVENT_COUNT),
          {"samples", BPF_MAP_TYPE_RINGBUF, 0, 0, kSampleOctets, 0},
          per_cpu_spec("samples_lost", kCount, 1),
          ids_spec(capacity)};
}

absl::StatusOr<MapSpec> map_spec(const Capacity& capacity, std::string_view name) {
  for (const MapSpec& spec : map_specs(capacity))
    if (spec.name == name) return spec;
  return internal_error("no map is called ", std::string(name));
}

absl::StatusOr<std::uint64_t> forecast_octets(const Capacity& capacity) {
  ASSIGN_OR_RETURN(const std::uint64_t cpus, possible_cpus());
  std::uint64_t octets = octets_of(localities_spec(capacity), cpus);
  for (const MapSpec& spec : map_specs(capacity)) octets += octets_of(spec, cpus);
  return octets;
}

}  // namespace signpost::datapath
