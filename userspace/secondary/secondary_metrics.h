// Metrics of zones that are copied from other servers.
#pragma once

#include <chrono>
#include <vector>

#include "base/metrics.h"
#include "secondary/secondary_state.h"

namespace signpost::secondary {

void collect_secondaries(const std::vector<SecondaryState>& states, const SecondaryCounts& counts,
                         std::chrono::system_clock::time_point now,
                         std::vector<metrics::Family>& families);

}  // namespace signpost::secondary
