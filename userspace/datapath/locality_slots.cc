#include "datapath/locality_slots.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/status.h"

namespace signpost::datapath {

static_assert(model::kLocalityRootBits == LOCALITY_ROOT_BITS);
static_assert(model::kLocalitySecondBits == LOCALITY_SECOND_BITS);
static_assert(model::kLocalityStrideBits == LOCALITY_STRIDE_BITS);
static_assert(model::kLocalityCellEntries == LOCALITY_CELL_ENTRIES);
static_assert(model::kLocalityRootCells == LOCALITY_ROOT_CELLS);
static_assert(model::kLocalityInnerEntry == LOCALITY_INNER);
static_assert(sizeof(model::LocalityCell) == sizeof(locality_cell));

absl::Status LocalitySlots::check(const model::LocalityMapPtr& map) const {
  const Capacity& capacity = maps_.capacity();
  if (map == model::LocalityMap::nowhere()) return absl::OkStatus();
  if (map->cells().size() > capacity.locality_cells)
    return resource_exhausted("the map of localities needs ", map->cells().size(),
                              " cells, and --max-locality-cells allows ", capacity.locality_cells,
                              ": raise --max-locality-cells");
  if (map->localities().size() > capacity.localities)
    return resource_exhausted("the map has ", map->localities().size(),
                              " localities, and --max-localities allows ", capacity.localities,
                              ": raise --max-localities");
  return absl::OkStatus();
}

absl::Status LocalitySlots::put(std::uint32_t set, const model::LocalityMapPtr& map) {
  std::uint32_t& slot = maps_.control().locality_slot[set];
  if (map == model::LocalityMap::nowhere()) {
    slot = LOCALITY_SLOT_NONE;
    return absl::OkStatus();
  }
  slot = slot_of(1 - set) == 0 ? 1 : 0;
  const std::span cells(reinterpret_cast<const locality_cell*>(map->cells().data()),
                        map->cells().size());
  return annotate(maps_.put_localities(slot, cells), "writing the map of localities");
}

absl::Status LocalitySlots::follow(std::uint32_t set, const model::LocalityMapPtr& map) {
  const std::uint32_t kept = slot_of(1 - set);
  maps_.control().locality_slot[set] = kept;
  for (std::uint32_t slot = 0; slot < LOCALITY_SLOTS; ++slot) {
    if (slot != kept)
      RETURN_IF_ERROR(annotate(maps_.drop_localities(slot), "freeing a map of localities"));
  }
  if (map == counted_) return absl::OkStatus();
  RETURN_IF_ERROR(annotate(maps_.reset_demand(), "setting the demand to zero"));
  counted_ = map;
  return absl::OkStatus();
}

absl::Status LocalitySlots::put_roots(std::uint32_t set, const model::AnswerTable& table) {
  if (table.localities == model::LocalityMap::nowhere()) return absl::OkStatus();
  const auto& cells = table.roots ? *table.roots : table.localities->cells();
  const std::span roots(reinterpret_cast<const locality_cell*>(cells.data()),
                        std::min<std::size_t>(cells.size(), LOCALITY_SET_CELLS));
  return annotate(maps_.put_roots(set, roots), "writing the roots of the map of localities");
}

}  // namespace signpost::datapath
