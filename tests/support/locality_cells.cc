#include "tests/support/locality_cells.h"

#include <algorithm>

namespace signpost::testing {
namespace {

// Bits `first` to `first + count - 1` of an address.
unsigned bits(std::string_view address, unsigned first, unsigned count) {
  unsigned value = 0;
  for (unsigned i = first; i < first + count; ++i)
    value = value << 1 | (static_cast<unsigned char>(address[i / 8]) >> (7 - i % 8) & 1);
  return value;
}

}  // namespace

std::uint32_t& LocalityCells::below(std::uint32_t first, unsigned index) {
  return cells_[first + index / LOCALITY_CELL_ENTRIES].entries[index % LOCALITY_CELL_ENTRIES];
}

std::uint32_t& LocalityCells::root(std::string_view address, unsigned index) {
  return below(address.size() == 16 ? LOCALITY_ROOT_CELLS : 0, index);
}

void LocalityCells::add(std::string_view address, unsigned length, std::uint32_t locality) {
  const std::uint32_t leaf = locality << LOCALITY_LEAF_SHIFT | length;
  const unsigned index = bits(address, 0, LOCALITY_ROOT_BITS);
  if (length <= LOCALITY_ROOT_BITS) {
    for (unsigned i = 0; i < 1u << (LOCALITY_ROOT_BITS - length); ++i)
      root(address, index + i) = leaf;
    return;
  }
  std::uint32_t* entry = &root(address, index);
  unsigned step = LOCALITY_SECOND_BITS;
  for (unsigned at = LOCALITY_ROOT_BITS;; at += step, step = LOCALITY_STRIDE_BITS) {
    if (!(*entry & LOCALITY_INNER)) {
      locality_cell filled;
      std::fill_n(filled.entries, LOCALITY_CELL_ENTRIES, *entry);
      *entry = LOCALITY_INNER | static_cast<std::uint32_t>(cells_.size());
      cells_.insert(cells_.end(), (1u << step) / LOCALITY_CELL_ENTRIES, filled);
      return add(address, length, locality);  // `entry` may point nowhere now
    }
    const std::uint32_t first = *entry & ~LOCALITY_INNER;
    const unsigned chosen = bits(address, at, step);
    if (length <= at + step) {
      for (unsigned i = chosen; i < chosen + (1u << (at + step - length)); ++i)
        below(first, i) = leaf;
      return;
    }
    entry = &below(first, chosen);
  }
}

}  // namespace signpost::testing
