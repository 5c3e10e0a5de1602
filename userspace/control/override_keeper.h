// The overrides and safety rules in force, and what they make of the health that is observed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/health_history.h"
#include "control/override_store.h"
#include "model/active_overrides.h"
#include "model/config.h"
#include "model/observations.h"
#include "policy/table_compiler.h"

namespace signpost::control {

struct ClearOverride {
  std::uint64_t number = 0;
  bool at_once = false;  // drained weights do not come back step by step
  bool break_glass = false;
  std::string reason;
  std::string author;
};

// A rule, how many checks it selects, and how many of them are not unhealthy.
struct RuleCount {
  SafetyRule rule;
  std::size_t selected = 0;
  std::size_t on = 0;
};

// A state to be stored, with what is to be told of it.
struct OverrideStep {
  OverrideState state;
  std::vector<OverrideEvent> events;
  model::Override override;  // the one that was asked for, as it is now
};

// Not thread safe. `config` is the running configuration throughout.
class OverrideKeeper {
 public:
  using Time = model::Override::Time;

  const OverrideState& state() const { return state_; }
  // What was stored, at the start or by a step.
  void take(OverrideState state) { state_ = std::move(state); }

  // The checks are those of `config`. To be followed by refresh().
  void set_checks(const model::Config& config);

  // The health that was observed; gives `seen` what overrides make of it, and the checks whose
  // health in it changed.
  void observe(const std::map<std::string, model::Health>& health, const model::Config& config,
               model::Observations& seen, std::set<std::string>& changed);
  void forget(const std::string& check_id) { observed_.erase(check_id); }
  std::size_t observed_count() const { return observed_.size(); }

  // Steps that can be stored and then taken: an override more, one less. NOT_FOUND,
  // FAILED_PRECONDITION if a safety rule is broken without break_glass, RESOURCE_EXHAUSTED.
  absl::StatusOr<OverrideStep> set(model::Override override, const model::Config& config,
                                   const model::Observations& seen, Time now) const;
  absl::StatusOr<OverrideStep> clear(const ClearOverride& request, const model::Config& config,
                                     const model::Observations& seen, Time now) const;

  // What has expired by `now`: drains come back, others end. Nothing: no change.
  std::optional<OverrideStep> expire(Time now) const;

  // For switches: FAILED_PRECONDITION if a rule is broken while `check_id` is observed to be
  // unhealthy.
  absl::Status check_without(const std::string& check_id, const model::Config& config,
                             const model::Observations& seen) const;

  // Makes `seen` what the state says at `now`; `flips` gets the checks whose health changed.
  policy::OverrideChange refresh(const model::Config& config, model::Observations& seen, Time now,
                                 std::vector<HealthFlip>& flips);

  // When refresh() is due next.
  std::optional<Time> next_change(Time now) const;

  std::vector<RuleCount> count(const model::Config& config, const model::Observations& seen) const;

 private:
  using Observed = model::PersistentMap<std::string, model::Health>;
  model::Health effective(const std::string& check_id, const model::Config& config,
                          const Observed& observed, const model::Observations& seen) const;
  // Works out the health of these checks and of all that are calculated from them.
  void settle(std::vector<std::string> ids, const model::Config& config, const Observed& observed,
              model::Observations& seen, std::set<std::string>& changed) const;
  absl::Status check_rules(const OverrideState& after, const Observed& observed,
                           const model::Config& config, const model::Observations& seen) const;

  OverrideState state_;
  Observed observed_;
  std::multimap<std::string, std::string> parents_;  // calculated checks, by child
};

}  // namespace signpost::control
