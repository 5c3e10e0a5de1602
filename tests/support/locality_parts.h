// Maps of localities from cells written by hand.
#pragma once

#include <cstddef>
#include <cstring>

#include "model/locality_map.h"
#include "tests/support/locality_cells.h"

namespace signpost::testing {

// The parts of a map of so many localities, of none of which anything is known.
inline model::LocalityMap::Parts parts_of(const LocalityCells& cells, std::size_t localities) {
  model::LocalityMap::Parts parts;
  parts.places.resize(1);
  parts.blocks.resize(1);
  parts.round_trips.resize(1);
  parts.localities.resize(localities);
  parts.cells.resize(cells.cells().size());
  std::memcpy(parts.cells.data(), cells.cells().data(),
              parts.cells.size() * sizeof(parts.cells[0]));
  return parts;
}

}  // namespace signpost::testing
