// What of the flips of health checks is worth a notice.
#pragma once

#include <vector>

#include "control/health_history.h"
#include "model/config.h"
#include "model/notice.h"
#include "model/observations.h"

namespace signpost::control {

// Notices of flips that come one after the other; `before` is the health before them. That a new
// check is healthy is none.
std::vector<model::NoticeEvent> notices_of(const std::vector<HealthFlip>& flips,
                                           const model::Config& config,
                                           const model::Observations& before);

}  // namespace signpost::control
