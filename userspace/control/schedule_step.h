// What a step of a schedule finds in the running configuration, and makes of it.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "control/schedule.h"
#include "model/change.h"

namespace signpost::control {

enum class StepState {
  kReady,     // everything that it touches is as it expects it
  kMade,      // everything is as it leaves it
  kConflict,  // neither
};
struct StepFinding {
  StepState state = StepState::kReady;
  std::string conflict;  // the first thing that somebody else changed, as a sentence
};
StepFinding find_step(const ScheduledStep& step, const model::Config& config);

// The batch that makes the step on `config`, with the groups of traffic policies made.
absl::StatusOr<model::ChangeBatch> batch_of(const ScheduledStep& step, const model::Config& config);

// What gives lowered TTLs back once `made` steps are made: before the change the old ones, after it
// those of the files. Leaves out groups that are not as the steps left them.
ScheduledStep ttl_restoration(const std::vector<ScheduledStep>& steps, std::size_t made,
                              const model::Config& config);

// What the steps touch, for comparison.
using Subject = std::tuple<std::int64_t, std::string, std::string, std::int64_t>;
std::set<Subject> subjects_of(const std::vector<ScheduledStep>& steps);

}  // namespace signpost::control
