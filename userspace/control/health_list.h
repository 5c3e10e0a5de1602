// What health checks see, as a list of the API.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "control/controller.h"
#include "health/monitor.h"
#include "signpost/v1/control.pb.h"

namespace signpost::control {

v1::HealthStatus to_proto(model::Health health);

// One page of `states` with the names that depend on each check, directly or by calculated checks.
absl::Status list_health(std::vector<health::CheckState> states, Controller& controller,
                         const v1::ListHealthRequest& request, v1::ListHealthResponse& out);

}  // namespace signpost::control
