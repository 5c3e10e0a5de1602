// How long a failure can go unnoticed.
#pragma once

#include <chrono>

#include "health/probe.h"

namespace signpost::health {

// How long a probe of the check takes at most.
std::chrono::milliseconds longest_probe(const model::HealthCheck& check, const ProbeLimits& limits);

// From the failure of a healthy target until its check is unhealthy, at worst: the target fails
// right after a probe passed, and every probe runs into its limits. A slot during which the probe
// before still runs is not used. 0 for checks that are not probed, which follow others at once.
std::chrono::milliseconds detection_time(const model::HealthCheck& check,
                                         const ProbeLimits& limits);

}  // namespace signpost::health
