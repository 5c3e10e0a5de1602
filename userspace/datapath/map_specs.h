// What the fast path's maps are: by this they are created, found again, and counted.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "datapath/bpf_map.h"
#include "datapath/table_maps.h"

namespace signpost::datapath {

// 4 MiB: so many prefixes and name classes are limited at the same time, four times.
inline constexpr std::uint32_t kBucketLines = 1u << 16;

// Some 5,000 samples of small replies, from all CPUs: of the interval after which they are read
// (samples.cc) it holds those of 250,000 a second.
inline constexpr std::uint32_t kSampleOctets = 1u << 20;

// Every map that the program refers to, under its name in bpf/maps.h and of the pin.
std::vector<MapSpec> map_specs(const Capacity& capacity);

// That of them with this name; INTERNAL if there is none.
absl::StatusOr<MapSpec> map_spec(const Capacity& capacity, std::string_view name);

// A map of localities, which the map of maps "localities" holds: of both slots. The map in use is
// known to that one alone.
MapSpec localities_spec(const Capacity& capacity);

// A map of `entries` maps.
MapSpec outer_spec(std::string_view name, std::uint32_t entries);

// Octets of kernel memory that maps of this capacity take when they are full. A second map of
// localities exists only while it takes the place of the first, and is left out.
absl::StatusOr<std::uint64_t> forecast_octets(const Capacity& capacity);

}  // namespace signpost::datapath
