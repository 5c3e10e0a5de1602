// What a stream of configuration messages would change, worked out but not made.
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "control/delta.h"
#include "control/desired_state.h"
#include "control/running.h"
#include "model/change.h"
#include "model/config.h"
#include "signpost/v1/control.pb.h"

namespace signpost::control {

struct PlannedChange {
  model::ChangeBatch batch;  // prepared; empty if nothing would change
  model::Config after;       // what runs with the batch applied
  Deltas deltas;
};

// What a stream asks for. Without any part it asks for no change.
class DesiredPlan {
 public:
  DesiredPlan(v1::ApplyOptions options, DesiredState desired)
      : options_(std::move(options)), desired_(std::move(desired)) {}

  // ABORTED if another generation than the expected one runs.
  absl::StatusOr<PlannedChange> against(const Running& running) const;

 private:
  v1::ApplyOptions options_;
  DesiredState desired_;
};

// Collects the ApplyRequests of one stream.
class PlanReader {
 public:
  // INVALID_ARGUMENT as DesiredStateReader::add(), and for options that do not come first.
  absl::Status add(const v1::ApplyRequest& part);

  // Call once, at the end.
  absl::StatusOr<DesiredPlan> finish();

 private:
  v1::ApplyOptions options_;
  DesiredStateReader reader_;
  bool has_parts_ = false;
};

}  // namespace signpost::control
