// Which map of localities each set of tables goes with. Both go with the same one but while another
// takes its place: only then are there two.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "datapath/table_maps.h"
#include "model/answer_table.h"
#include "model/locality_map.h"

namespace signpost::datapath {

class LocalitySlots {
 public:
  explicit LocalitySlots(TableMaps& maps) : maps_(maps) {}

  // RESOURCE_EXHAUSTED, with the flag to raise, if a map does not fit.
  absl::Status check(const model::LocalityMapPtr& map) const;

  // Writes a map beside the one of the other set, and has `set` go with it. No packet may read
  // `set`.
  absl::Status put(std::uint32_t set, const model::LocalityMapPtr& map);

  // Has `set`, which no packet may read, go with the other set's map, which is `map`, and frees the
  // former one. The demand is counted anew if it was that of another map: localities have other
  // numbers there.
  absl::Status follow(std::uint32_t set, const model::LocalityMapPtr& map);

  // Gives `set`, which no packet may read, the roots that the table sees.
  absl::Status put_roots(std::uint32_t set, const model::AnswerTable& table);

 private:
  std::uint32_t slot_of(std::uint32_t set) const { return maps_.control().locality_slot[set]; }

  TableMaps& maps_;
  model::LocalityMapPtr counted_;  // of whose localities the demand is; null: not known
};

}  // namespace signpost::datapath
