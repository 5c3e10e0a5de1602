// Which clients are in which view, as the XDP program reads it (bpf/abi.h, struct view_range).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "bpf/abi.h"
#include "model/view.h"

namespace signpost::datapath {

// RESOURCE_EXHAUSTED if there are more ranges than the program looks through.
absl::Status check_views(const model::ViewMap& views);

// The cells that they need, and those that hold them.
std::uint32_t view_cells(const model::ViewMap& views);
std::vector<cell> encode_views(const model::ViewMap& views);

}  // namespace signpost::datapath
