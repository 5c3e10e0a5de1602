// How impacts are shown.
#pragma once

#include <string>

#include "signpost/session.h"

namespace signpost::v1 {
class Endpoint;
class PlanImpactResponse;
class SimulateResponse;
}  // namespace signpost::v1

namespace signpost::cli {

// The answers that move, all of them together, what failures would do, and the warnings.
void print_impact(Session& session, const v1::PlanImpactResponse& impact);

void print_simulation(Session& session, const v1::SimulateResponse& simulation);

}  // namespace signpost::cli
