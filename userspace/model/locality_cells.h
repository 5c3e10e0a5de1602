// The cells in which the localities of all prefixes lie; bpf/abi.h has the same layout.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace signpost::model {

using LocalityId = std::uint32_t;  // 0: nothing is known of the client

// A multibit trie of cells with 16 entries each. The first kLocalityRootCells cells are the entries
// of all IPv4 prefixes of kLocalityRootBits bits, the next as many those of IPv6. The cells below
// an entry cover locality_step_bits() more. An entry is a leaf, (locality << 8 | prefix length), or
// with kLocalityInnerEntry set the index of the first cell below.
inline constexpr unsigned kLocalityRootBits = 16;
inline constexpr unsigned kLocalitySecondBits = 8;
inline constexpr unsigned kLocalityStrideBits = 4;
inline constexpr std::size_t kLocalityCellEntries = 16;
inline constexpr std::size_t kLocalityRootCells =
    (std::size_t{1} << kLocalityRootBits) / kLocalityCellEntries;
inline constexpr std::size_t kLocalityRoots = std::size_t{2}
                                              << kLocalityRootBits;  // of both families
inline constexpr std::uint32_t kLocalityInnerEntry = 1u << 31;
inline constexpr std::uint32_t kLocalitiesMax = 1u << 23;
using LocalityCell = std::array<std::uint32_t, kLocalityCellEntries>;

// How many bits more than the first `depth` the cells below an entry of the trie cover.
constexpr unsigned locality_step_bits(unsigned depth) {
  return depth == kLocalityRootBits ? kLocalitySecondBits : kLocalityStrideBits;
}

// The entry `index` of those that begin at the cell `first`. `Cells`: a vector, const or not.
template <typename Cells>
auto& locality_entry(Cells& cells, std::size_t first, std::size_t index) {
  return cells[first + index / kLocalityCellEntries][index % kLocalityCellEntries];
}

}  // namespace signpost::model
