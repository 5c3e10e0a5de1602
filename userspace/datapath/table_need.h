// What a table takes of the maps: counted, without maps.
#pragma once

#include <cstdint>

#include "model/answer_table.h"

namespace signpost::datapath {

// Beside Capacity, whose limits these stay below if the table fits.
struct TableNeed {
  std::uint64_t nodes = 0;
  std::uint64_t cells = 0;  // those of partitions as well
  std::uint64_t partitions = 0;
  std::uint64_t partition_cells = 0;
  std::uint64_t rings = 0;     // that need a cursor of their own
  std::uint64_t counters = 0;  // choices of a name and type
  std::uint64_t answers = 0;   // of a name and type
  std::uint64_t passed = 0;    // answers that the fast path can't give to anyone
};

// Work grows with the names of the table.
TableNeed need_of(const model::AnswerTable& table);

}  // namespace signpost::datapath
