// Putting cookies and limits (bpf/abi.h, struct guard) into use for packets.
#pragma once

#include <span>

#include "absl/status/status.h"
#include "datapath/table_maps.h"

namespace signpost::datapath {

// Has packets go by these guards, by slot of their interface, but for their bucket_mask, which is
// that of the maps: each packet whole by the old ones or by the new ones. Returns when none goes by
// the old ones any more. At most INTERFACES_MAX. Not thread safe.
absl::Status switch_guards(TableMaps& maps, std::span<const guard> next);

}  // namespace signpost::datapath
