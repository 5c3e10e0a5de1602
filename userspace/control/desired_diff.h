// From the desired state of a stream to what has to change.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/delta.h"
#include "control/desired_state.h"
#include "model/config.h"

namespace signpost::control {

// control.proto, ApplyOptions.
struct ApplyRules {
  bool prune = false;
  bool adopt = false;
  bool manage_by_api = false;
};

// FAILED_PRECONDITION for zones of the other manager, unless `adopt`; INVALID_ARGUMENT for an
// instance of a traffic policy that is not there.
absl::StatusOr<Deltas> deltas_to(const model::Config& running, const DesiredState& desired,
                                 const ApplyRules& rules);

// FAILED_PRECONDITION if more than 30 % of 10 or more record sets would go.
absl::Status check_removals(const ChangeCounts& counts, std::uint64_t record_sets_total);

}  // namespace signpost::control
