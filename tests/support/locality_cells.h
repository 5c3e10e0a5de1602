// Maps of localities written by hand (bpf/abi.h, struct locality_cell).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "bpf/abi.h"

namespace signpost::testing {

class LocalityCells {
 public:
  // Two roots without any locality known.
  LocalityCells() : cells_(2 * LOCALITY_ROOT_CELLS) {}

  // Gives the clients of a prefix a locality. `address`: the 4 or 16 octets of the prefix's first
  // address. Leaves within it must come later.
  void add(std::string_view address, unsigned length, std::uint32_t locality);

  const std::vector<locality_cell>& cells() const { return cells_; }

 private:
  // The entry `index` of those that begin at the cell `first`.
  std::uint32_t& below(std::uint32_t first, unsigned index);
  std::uint32_t& root(std::string_view address, unsigned index);

  std::vector<locality_cell> cells_;
};

}  // namespace signpost::testing
