// Putting cookies and limits (bpf/abi.h, struct guard) into use for packets.
#pragma once

#include "absl/status/status.h"
#include "datapath/table_maps.h"

namespace signpost::datapath {

// Has packets go by `next`, but for its bucket_mask, which is that of the maps: each of them whole
// by the old or by the new one. Returns when none goes by the old one any more. Not thread safe.
absl::Status switch_guard(TableMaps& maps, const guard& next);

}  // namespace signpost::datapath
