#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/controller_impl.h"
#include "control/flip_notices.h"
#include "model/calculation.h"

namespace signpost::control {

void Controller::Impl::restore_health(const StoredState& state) {
  bool all_known = true;
  std::map<std::string, model::Health> observed;
  state.config.health_checks.for_each([&](const std::string& id, const model::HealthCheckPtr&) {
    const auto stored = state.health.find(id);
    if (stored == state.health.end()) {
      all_known = false;
      return;
    }
    observed[id] = stored->second.health;
    known_[id] = stored->second;
  });
  std::set<std::string> ignored;
  overrides_.observe(observed, state.config, seen_, ignored);
  if (all_known || options_.first_verdict_wait.count() == 0) return;
  seen_.awaiting_first_verdicts = true;
  first_wait_ends_ = Clock::now() + options_.first_verdict_wait;
}

void Controller::Impl::on_verdict(const health::CheckState& state) {
  if (state.health == model::Health::kUnknown) return;
  {
    std::lock_guard lock(mutex_);
    verdicts_[state.id] = {state.health, state.since};
    flips_.push_back({.check_id = state.id,
                      .time = state.since.value_or(std::chrono::system_clock::now()),
                      .health = state.health,
                      .reason = state.last_result});
  }
  woken_.notify_one();
}

void Controller::Impl::publish_verdicts(const Verdicts& all, const std::vector<HealthFlip>& flips) {
  const RunningPtr now = running();
  Verdicts verdicts = all;
  std::erase_if(verdicts, [&](const auto& verdict) {
    return now->config.health_checks.find(verdict.first) == nullptr;
  });
  publish_flips(verdicts, flips);
  if (verdicts.empty()) return;
  if (const absl::Status saved = store_.save_health(verdicts, flips); !saved.ok()) {
    log::warning("verdicts could not be stored", {{"error", message_of(saved)}});
  }
}

void Controller::Impl::publish_flips(const Verdicts& verdicts,
                                     const std::vector<HealthFlip>& flips) {
  const std::vector<model::NoticeEvent> events = notices_of(flips, running()->config, seen_);
  publish_seen(verdicts);
  if (!options_.notify) return;
  for (const model::NoticeEvent& event : events) options_.notify(event);
}

void Controller::Impl::publish_seen(const Verdicts& verdicts) {
  std::set<std::string> flipped = unpublished_checks_;
  std::map<std::string, model::Health> observed;
  for (const auto& [id, verdict] : verdicts) observed[id] = verdict.health;
  overrides_.observe(observed, running()->config, seen_, flipped);
  if (first_wait_ends_ && overrides_.observed_count() == running()->config.health_checks.size()) {
    seen_.awaiting_first_verdicts = false;
    first_wait_ends_.reset();
  }
  if (!flipped.empty()) publish_health(std::move(flipped));
  if (verdicts.empty()) return;
  {
    std::lock_guard lock(known_mutex_);
    for (const auto& [id, verdict] : verdicts) known_[id] = verdict;
  }
  snapshots_->changed();
}

void Controller::Impl::publish_health(std::set<std::string> checks) {
  const RunningPtr now = running();
  if (!publisher_.publish_health(now->config, seen_, checks).ok()) {
    unpublished_checks_ = std::move(checks);  // run() tries again
    return note_failure();
  }
  unpublished_checks_.clear();
  set_running(*now);
}

absl::Status Controller::Impl::set_switch(const std::string& id, bool on, const std::string& reason,
                                          bool break_glass) {
  absl::Status status = unavailable("signpostd is stopping");
  run_and_wait([&] { status = set_switch_now(id, on, reason, break_glass); });
  return status;
}

// Stored before it is served, as every change that is acknowledged.
absl::Status Controller::Impl::set_switch_now(const std::string& id, bool on,
                                              const std::string& reason, bool break_glass) {
  const RunningPtr now = running();
  const model::HealthCheckPtr* check = now->config.health_checks.find(id);
  if (check == nullptr) return not_found("health check ", id, " does not exist");
  if (!std::holds_alternative<model::RecoveryControl>((*check)->kind)) {
    return failed_precondition("health check ", id, " is of kind ",
                               model::kind_name((*check)->kind),
                               "; only a recovery_control can be switched");
  }
  if (!store_.read_only_reason().empty()) return failed_precondition(store_.read_only_reason());
  const model::Health health =
      model::published_health(**check, on ? model::Health::kHealthy : model::Health::kUnhealthy);
  if (health == model::Health::kUnhealthy && !break_glass)
    RETURN_IF_ERROR(overrides_.check_without(id, now->config, seen_));
  const StoredHealth* known = nullptr;
  if (const auto found = known_.find(id); found != known_.end()) known = &found->second;
  const bool flips = known == nullptr || known->health != health;
  const auto time = std::chrono::system_clock::now();
  const Verdicts verdict{{id, {health, flips ? time : known->since}}};
  std::vector<HealthFlip> flip;
  if (flips)
    flip.push_back({.check_id = id,
                    .time = time,
                    .health = health,
                    .reason = absl::StrCat("switched ", on ? "on" : "off",
                                           break_glass ? ", breaking the glass" : "",
                                           reason.empty() ? "" : ": ", reason)});
  RETURN_IF_ERROR(store_.save_health(verdict, flip, Store::Durability::kSystem));
  publish_flips(verdict, flip);
  if (options_.switch_set) options_.switch_set(id, on, reason);
  return absl::OkStatus();
}

void Controller::Impl::end_first_wait() {
  first_wait_ends_.reset();
  seen_.awaiting_first_verdicts = false;
  std::set<std::string> unknown = unpublished_checks_;
  running()->config.health_checks.for_each(
      [&](const std::string& id, const model::HealthCheckPtr&) {
        if (seen_.of(id) == model::Health::kUnknown) unknown.insert(id);
      });
  log::info("some health checks have no verdict yet and count as healthy",
            {{"checks", unknown.size()}});
  publish_health(std::move(unknown));
}

}  // namespace signpost::control
