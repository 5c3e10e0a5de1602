// The daemon's sign of life in the maps, which outlives it: how long packets have been answered
// without it, and for how long they may be.
#pragma once

#include <chrono>

#include "bpf/abi.h"
#include "datapath/table_maps.h"

namespace signpost::datapath {

// Says that the daemon lives; to be repeated. From then on packets are passed once it has been
// silent for `pass_after`; 0: never.
void beat(TableMaps& maps, std::chrono::nanoseconds pass_after);

// Since when the daemon that the maps come from has been silent; 0 if there was none.
std::chrono::nanoseconds silence(const struct control& control);

}  // namespace signpost::datapath
