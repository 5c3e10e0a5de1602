// Impacts and simulations as messages.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"
#include "policy/failures.h"
#include "policy/impact.h"
#include "policy/simulation.h"
#include "signpost/v1/impact.pb.h"

namespace signpost::control {

// policy::ReadRecords.
std::vector<std::string> last_records(const model::Variant& variant, const dns::Name& qname,
                                      dns::RRType qtype);

// Both add as many as a message can hold, and count the others in left_off.
void add_impact(const policy::Impact& impact, const policy::Failures& failures,
                v1::PlanImpactResponse& out);
void add_simulation(const policy::Simulation& simulation, v1::SimulateResponse& out);

}  // namespace signpost::control
