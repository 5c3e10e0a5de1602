#include <bit>

#include "datapath/bpf_map.h"
#include "datapath/loader.h"
#include "datapath/node_table.h"

namespace signpost::datapath {

// Arrays are allocated whole; an element of the hash map of ids is a header of 56 octets, the key
// in whole words and the value, in the next size that the kernel's allocator has, and 16 octets for
// each bucket. A second map of localities exists only while it takes the place of the first.
absl::StatusOr<std::uint64_t> forecast_octets(const Capacity& capacity) {
  constexpr std::uint64_t kIdElement = 96;  // 56 + 24 + 8
  constexpr std::uint64_t kBucket = 16;
  ASSIGN_OR_RETURN(const std::uint64_t cpus, possible_cpus());
  const std::uint64_t ids = std::uint64_t{capacity.rings} + capacity.counters;
  const std::uint64_t a_set = node_slots_for(capacity.nodes) * std::uint64_t{sizeof(node)} +
                              capacity.cells * std::uint64_t{CELL_OCTETS};
  const std::uint64_t localities =
      capacity.locality_cells * std::uint64_t{CELL_OCTETS} + capacity.localities * 8 * cpus;
  const std::uint64_t others = 2 * LOCALITY_SET_CELLS * std::uint64_t{sizeof(locality_cell)} +
                               kBucketLines * std::uint64_t{sizeof(bucket_line)} + kSampleOctets;
  return 2 * a_set + localities + others + ids * kIdElement + std::bit_ceil(ids) * kBucket +
         ids * 8 * cpus;
}

}  // namespace signpost::datapath
