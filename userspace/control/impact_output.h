// Impacts and simulations as messages.
#pragma once

#include "policy/failures.h"
#include "policy/impact.h"
#include "policy/simulation.h"
#include "signpost/v1/impact.pb.h"

namespace signpost::control {

// Both add as many as a message can hold, and count the others in left_off.
void add_impact(const policy::Impact& impact, const policy::Failures& failures,
                v1::PlanImpactResponse& out);
void add_simulation(const policy::Simulation& simulation, v1::SimulateResponse& out);

}  // namespace signpost::control
