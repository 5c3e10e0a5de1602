#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/controller_impl.h"
#include "control/flip_notices.h"

namespace signpost::control {

// What has expired in a read-only folder is forgotten again at each start.
absl::Status Controller::Impl::restore_overrides(const StoredState& state) {
  overrides_.set_checks(state.config);
  overrides_.take(state.overrides);
  const auto now = overrides_refreshed_ = std::chrono::system_clock::now();
  if (std::optional<OverrideStep> expired = overrides_.expire(now)) {
    if (store_.read_only_reason().empty())
      RETURN_IF_ERROR(store_.save_overrides(expired->state, expired->events));
    overrides_.take(std::move(expired->state));
  }
  std::vector<HealthFlip> flips;
  overrides_.refresh(state.config, seen_, now, flips);
  return absl::OkStatus();
}

absl::StatusOr<model::Override> Controller::Impl::set_override(model::Override override) {
  absl::StatusOr<model::Override> result = unavailable("signpostd is stopping");
  run_and_wait([&] {
    const auto now = std::chrono::system_clock::now();
    absl::StatusOr<OverrideStep> step = overrides_.set(override, running()->config, seen_, now);
    const absl::Status taken = step.ok() ? take_override_step(*step) : step.status();
    result = taken.ok() ? absl::StatusOr<model::Override>(step->override) : taken;
  });
  return result;
}

absl::Status Controller::Impl::clear_override(const ClearOverride& request) {
  absl::Status status = unavailable("signpostd is stopping");
  run_and_wait([&] {
    const auto now = std::chrono::system_clock::now();
    absl::StatusOr<OverrideStep> step = overrides_.clear(request, running()->config, seen_, now);
    status = step.ok() ? take_override_step(*std::move(step)) : step.status();
  });
  return status;
}

absl::Status Controller::Impl::set_safety_rules(
    const std::function<absl::StatusOr<OverrideEvent>(std::vector<SafetyRule>&)>& change) {
  absl::Status status = unavailable("signpostd is stopping");
  run_and_wait([&] {
    OverrideStep step{.state = overrides_.state(), .events = {}, .override = {}};
    absl::StatusOr<OverrideEvent> event = change(step.state.rules);
    status = event.status();
    if (!event.ok()) return;
    step.events.push_back(*std::move(event));
    status = take_override_step(std::move(step));
  });
  return status;
}

std::vector<RuleCount> Controller::Impl::safety_rules() {
  std::vector<RuleCount> counts;
  run_and_wait([&] { counts = overrides_.count(running()->config, seen_); });
  return counts;
}

// Every change of overrides and rules comes by here, with its events: stored, then served.
absl::Status Controller::Impl::take_override_step(OverrideStep step) {
  RETURN_IF_ERROR(store_.save_overrides(step.state, step.events));
  tell_of(step.events);
  overrides_.take(std::move(step.state));
  refresh_overrides();
  snapshots_->changed();
  return absl::OkStatus();
}

void Controller::Impl::tell_of(const std::vector<OverrideEvent>& events) {
  for (const auto& [number, time, change] : events) {
    log::info("override changed", {{"event", change.text}, {"author", change.author}});
    if (options_.notify) options_.notify(change);
  }
}

bool Controller::Impl::overrides_are_due() const {
  if (!unpublished_overrides_.empty()) return true;
  const auto next = overrides_.next_change(overrides_refreshed_);
  return next && *next <= std::chrono::system_clock::now();
}

// What expires, what a ramp changes by now, and what a change of checks makes of tags.
void Controller::Impl::refresh_overrides() {
  const auto time = overrides_refreshed_ = std::chrono::system_clock::now();
  if (std::optional<OverrideStep> expired = overrides_.expire(time)) {
    const absl::Status saved = store_.save_overrides(expired->state, expired->events);
    if (!saved.ok())
      log::warning("expired overrides could not be stored", {{"error", message_of(saved)}});
    tell_of(expired->events);
    overrides_.take(std::move(expired->state));
  }
  const RunningPtr now = running();
  const model::Observations before = seen_;
  std::vector<HealthFlip> flips;
  policy::OverrideChange change = overrides_.refresh(now->config, seen_, time, flips);
  if (options_.notify)
    for (const model::NoticeEvent& event : notices_of(flips, now->config, before))
      options_.notify(event);
  change.checks.merge(unpublished_overrides_.checks);
  change.went.merge(unpublished_overrides_.went);
  change.came.merge(unpublished_overrides_.came);
  if (change.empty()) return;
  if (!store_.save_health({}, flips).ok())
    log::warning("changes of health by overrides could not be stored", {});
  if (!publisher_.publish_overrides(now->config, seen_, change).ok()) {
    unpublished_overrides_ = std::move(change);  // run() tries again
    return note_failure();
  }
  unpublished_overrides_ = {};
  set_running(*now);
}

}  // namespace signpost::control
