#include "control/planned_change.h"

#include <utility>

#include "base/status.h"
#include "control/batch_preparation.h"
#include "control/desired_diff.h"
#include "policy/validate.h"

namespace signpost::control {

absl::Status PlanReader::add(const v1::ApplyRequest& part) {
  const bool first = !std::exchange(has_parts_, true);
  if (part.has_options() && !first) {
    return invalid_argument("options: only the first part of the stream may have them");
  }
  if (part.has_options()) options_ = part.options();
  return reader_.add(part.config());
}

absl::StatusOr<DesiredPlan> PlanReader::finish() {
  if (!has_parts_) return DesiredPlan(options_, DesiredState());
  ASSIGN_OR_RETURN(DesiredState desired, reader_.finish());
  return DesiredPlan(options_, std::move(desired));
}

absl::StatusOr<PlannedChange> DesiredPlan::against(const Running& running) const {
  const model::ConfigGeneration generation = running.config.generation;
  if (options_.expected_generation() != 0 && options_.expected_generation() != generation) {
    return absl::AbortedError(absl::StrCat("the running generation is ", generation, ", not ",
                                           options_.expected_generation(),
                                           "; look at it and try again"));
  }
  PlannedChange change;
  ASSIGN_OR_RETURN(change.deltas, deltas_to(running.config, desired_,
                                            {.prune = options_.prune(),
                                             .adopt = options_.adopt(),
                                             .manage_by_api = options_.manage_by_api()}));
  change.after = running.config;
  if (change.deltas.empty()) return change;
  change.batch = batch_of(change.deltas);
  prepare(running.config, running.last_zone_id, change.batch);
  ASSIGN_OR_RETURN(change.after, policy::apply_batch(running.config, change.batch));
  return change;
}

}  // namespace signpost::control
