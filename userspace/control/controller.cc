#include "control/controller.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/batch_preparation.h"
#include "control/controller_impl.h"
#include "model/values_of.h"
#include "policy/validate.h"

namespace signpost::control {
namespace {

constexpr std::chrono::seconds kSnapshotInterval{60};
// After a health change could not be published.
constexpr std::chrono::seconds kRetryInterval{1};
// Between two looks at overrides that expire or drain.
constexpr std::chrono::milliseconds kOverrideWaitMin{10};
constexpr std::chrono::minutes kOverrideWaitMax{1};

std::vector<model::HealthCheckPtr> checks_of(const model::Config& config) {
  std::vector<model::HealthCheckPtr> checks;
  checks.reserve(config.health_checks.size());
  config.health_checks.for_each(
      [&](const std::string&, const model::HealthCheckPtr& check) { checks.push_back(check); });
  return checks;
}

// By id.
std::vector<model::NoticeReceiverPtr> receivers_of(const model::Config& config) {
  std::vector<model::NoticeReceiverPtr> receivers = model::values_of(config.notice_receivers);
  std::sort(receivers.begin(), receivers.end(),
            [](const auto& a, const auto& b) { return a->id < b->id; });
  return receivers;
}

std::vector<dns::Name> zones_of(const model::Config& config) {
  std::vector<dns::Name> zones;
  config.zones.for_each(
      [&](const dns::Name& apex, const model::ZonePtr&) { zones.push_back(apex); });
  return zones;
}

// Those with records among the deltas; the serial of each has moved.
std::vector<dns::Name> zones_of(const Deltas& deltas) {
  std::vector<dns::Name> zones;
  for (const GroupDelta& delta : deltas.groups)
    if (delta.type == dns::RRType::kSoa && delta.after) zones.push_back(delta.zone_apex);
  return zones;
}

// Forgets the health of checks that went.
void forget(const std::vector<HealthCheckDelta>& checks, model::Observations& seen,
            StoredHealthById& known, OverrideKeeper& overrides) {
  for (const HealthCheckDelta& delta : checks) {
    if (delta.after) continue;
    seen.health.erase(delta.key);
    known.erase(delta.key);
    overrides.forget(delta.key);
  }
}

}  // namespace

absl::Status Controller::Impl::start() {
  const StoredState state = store_.take_state();
  restore_health(state);
  RETURN_IF_ERROR(restore_overrides(state));
  for (const auto& [key, answer] : state.externals) {
    seen_.external.set(key, answer);
    externals_.push_back(key);
  }
  RETURN_IF_ERROR(publisher_.start(state.config, seen_, options_.localities));
  Running running;
  running.config = state.config;
  running.last_zone_id = state.last_zone_id;
  count_record_sets(running);
  set_running(std::move(running));
  if (options_.checks_changed) options_.checks_changed(checks_of(state.config));
  if (options_.receivers_changed) options_.receivers_changed(receivers_of(state.config));
  if (options_.guards_changed) options_.guards_changed(model::values_of(state.config.guards));
  if (options_.zones_changed) options_.zones_changed(state.config, zones_of(state.config));
  use_externals(publisher_.externals());
  snapshots_.emplace(kSnapshotInterval, [this] { return save_snapshot(); });
  snapshots_->changed();
  thread_ = std::thread([this] { run(); });
  return absl::OkStatus();
}

absl::Status Controller::Impl::save_snapshot() const {
  if (!store_.read_only_reason().empty()) return absl::OkStatus();
  const RunningPtr now = running();
  ASSIGN_OR_RETURN(OverrideState overrides, store_.overrides());
  ExternalAnswers externals;
  now->seen.external.for_each([&](const std::string& key, const model::ExternalAnswerPtr& answer) {
    externals[key] = answer;
  });
  return store_.save_snapshot({.config = now->config,
                               .last_zone_id = now->last_zone_id,
                               .health = known_health(),
                               .externals = std::move(externals),
                               .overrides = std::move(overrides),
                               .installation_id = store_.installation_id()});
}

void Controller::Impl::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    tasks_.clear();  // breaks their promises
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
  snapshots_.reset();
}

std::chrono::steady_clock::time_point Controller::Impl::next_deadline() const {
  Clock::time_point deadline = Clock::now() + std::chrono::hours(1);
  if (first_wait_ends_) deadline = std::min(deadline, *first_wait_ends_);
  if (!unpublished_checks_.empty() || !unpublished_externals_.empty() ||
      !unpublished_overrides_.empty())
    deadline = std::min(deadline, Clock::now() + kRetryInterval);
  const auto now = std::chrono::system_clock::now();
  if (const auto next = overrides_.next_change(overrides_refreshed_)) {
    // The system's clock may be set: looked at again after a minute.
    const auto wait =
        std::clamp<std::chrono::nanoseconds>(*next - now, kOverrideWaitMin, kOverrideWaitMax);
    deadline = std::min(deadline, Clock::now() + wait);
  }
  return deadline;
}

void Controller::Impl::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    woken_.wait_until(lock, next_deadline(), [this] {
      return stopping_ || !verdicts_.empty() || !external_answers_.empty() || !tasks_.empty() ||
             !asked_.empty();
    });
    if (stopping_) return;
    for (const auto& answer : std::exchange(asked_, {})) answer();
    // Verdicts first: a flip may not wait behind a queue of changes.
    const Verdicts verdicts = std::exchange(verdicts_, {});
    const std::vector<HealthFlip> flips = std::exchange(flips_, {});
    const ExternalAnswers answers = std::exchange(external_answers_, {});
    std::optional<std::packaged_task<void()>> task;
    if (verdicts.empty() && answers.empty() && !tasks_.empty()) {
      task.emplace(std::move(tasks_.front()));
      tasks_.pop_front();
    }
    lock.unlock();
    if (task) {
      (*task)();
    } else if (!verdicts.empty() || !unpublished_checks_.empty()) {
      publish_verdicts(verdicts, flips);
    }
    if (!answers.empty() || (!task && !unpublished_externals_.empty())) publish_externals(answers);
    if (overrides_are_due()) refresh_overrides();
    tell_of_externals();
    if (first_wait_ends_ && Clock::now() >= *first_wait_ends_) end_first_wait();
    // After the acknowledgement: nobody waits for the idle set.
    publisher_.settle();
    lock.lock();
  }
}

bool Controller::Impl::run_and_wait(std::function<void()> task) {
  std::packaged_task<void()> packaged(std::move(task));
  std::future<void> done = packaged.get_future();
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || !thread_.joinable()) return false;
    tasks_.push_back(std::move(packaged));
  }
  woken_.notify_one();
  try {
    done.get();
  } catch (const std::future_error&) {
    return false;
  }
  return true;
}

void Controller::Impl::ask_thread(std::function<void()> answer) {
  {
    std::lock_guard lock(mutex_);
    asked_.push_back(std::move(answer));
  }
  woken_.notify_one();
}

absl::StatusOr<ApplyResult> Controller::Impl::apply(
    model::ChangeBatch batch, std::optional<model::ConfigGeneration> expected) {
  absl::StatusOr<ApplyResult> result = unavailable("signpostd is stopping");
  if (!run_and_wait([&] { result = apply_now(batch, expected); })) {
    return unavailable("signpostd is stopping");
  }
  return result;
}

absl::StatusOr<Controller::Preview> Controller::Impl::preview(const model::Config& after,
                                                              const model::ChangeBatch& batch,
                                                              model::LocalityMapPtr localities) {
  absl::StatusOr<Preview> result = unavailable("signpostd is stopping");
  run_and_wait([&] {
    const RunningPtr now = running();
    if (after.generation != now->config.generation + 1) {
      result = absl::AbortedError("another change came between; try again");
      return;
    }
    result = Preview{now, publisher_.preview(after, now->seen, batch, std::move(localities))};
  });
  return result;
}

absl::StatusOr<ApplyResult> Controller::Impl::apply_now(
    model::ChangeBatch& batch, std::optional<model::ConfigGeneration> expected) {
  const RunningPtr before = running();
  ApplyResult result;
  result.generation = before->config.generation;
  result.table_generation = before->table->generation;
  if (expected && *expected != result.generation) {
    return absl::AbortedError(absl::StrCat("the running generation is ", result.generation,
                                           ", not ", *expected, "; look at it and try again"));
  }
  if (batch.changes.empty()) return result;
  if (!store_.read_only_reason().empty()) return failed_precondition(store_.read_only_reason());

  const Clock::time_point began = Clock::now();
  Running next = *before;
  next.last_zone_id = prepare(before->config, before->last_zone_id, batch);
  ASSIGN_OR_RETURN(next.config, policy::apply_batch(before->config, batch));
  const Deltas deltas = deltas_of(before->config, next.config, batch);
  if (deltas.empty()) return result;
  const HistoryEntry entry{.generation = next.config.generation,
                           .time = std::chrono::system_clock::now(),
                           .author = batch.author,
                           .comment = batch.comment,
                           .counts = count(deltas)};
  const absl::Status published =
      publish_stored(next.config, batch, [&](const std::function<bool()>& may_commit) {
        return store_.commit(entry, deltas, next.last_zone_id, may_commit);
      });
  if (!published.ok()) {
    note_failure();
    return published;
  }
  count_record_sets(deltas, next);
  result.generation = next.config.generation;
  result.table_generation = publisher_.table()->generation;
  result.counts = entry.counts;
  result.warnings = policy::warnings(next.config, batch);
  take_over_checks(deltas.health_checks, next.config);
  if (!deltas.notice_receivers.empty() && options_.receivers_changed)
    options_.receivers_changed(receivers_of(next.config));
  if (!deltas.guards.empty() && options_.guards_changed)
    options_.guards_changed(model::values_of(next.config.guards));
  set_running(std::move(next));
  if (options_.zones_changed) options_.zones_changed(running()->config, zones_of(deltas));
  if (!deltas.health_checks.empty()) refresh_overrides();
  publisher_.metrics().observe_apply(Clock::now() - began);
  snapshots_->changed();
  return result;
}

// Writes the change into the store while the table is made of it; commits once that is staged.
absl::Status Controller::Impl::publish_stored(
    const model::Config& config, const model::ChangeBatch& batch,
    const std::function<absl::Status(const std::function<bool()>& may_commit)>& store) {
  std::promise<bool> is_staged;
  std::future<absl::Status> stored =
      std::async([&] { return store([&] { return is_staged.get_future().get(); }); });
  absl::Status published = publisher_.publish_batch(config, seen_, batch, [&] {
    is_staged.set_value(true);
    return stored.get();
  });
  if (stored.valid()) {
    is_staged.set_value(false);
    stored.wait();
  }
  return published;
}

void Controller::Impl::take_over_checks(const std::vector<HealthCheckDelta>& changed,
                                        const model::Config& after) {
  if (changed.empty()) return;
  {
    std::lock_guard lock(known_mutex_);
    forget(changed, seen_, known_, overrides_);
  }
  overrides_.set_checks(after);
  if (options_.checks_changed) options_.checks_changed(checks_of(after));
}

void Controller::Impl::set_running(Running next) {
  next.seen = seen_;
  next.table = publisher_.table();
  next.activated = std::chrono::system_clock::now();
  next.last_publish_error = publisher_.last_error();
  running_.store(std::make_shared<const Running>(std::move(next)));
}

void Controller::Impl::note_failure() {
  Running same = *running();
  same.last_publish_error = publisher_.last_error();
  running_.store(std::make_shared<const Running>(std::move(same)));
}

absl::Status Controller::Impl::set_localities(model::LocalityMapPtr localities) {
  absl::Status status = unavailable("signpostd is stopping");
  run_and_wait([&] { status = set_localities_now(std::move(localities)); });
  return status;
}

absl::Status Controller::Impl::set_localities_now(model::LocalityMapPtr localities) {
  const RunningPtr now = running();
  absl::Status published = publisher_.publish_localities(now->config, seen_, std::move(localities));
  if (!published.ok()) {
    note_failure();
    return published;
  }
  if (options_.localities_changed) options_.localities_changed();
  set_running(*now);
  return absl::OkStatus();
}

std::vector<Controller::Dependents> Controller::Impl::dependents(
    const std::vector<std::string>& check_ids) {
  std::vector<Dependents> all(check_ids.size());
  run_and_wait([&] {
    for (std::size_t i = 0; i < check_ids.size(); ++i) {
      all[i] = publisher_.dependents(check_ids[i]);
    }
  });
  return all;
}

Controller::Controller(ControllerOptions options, Store& store, server::LiveTable& live,
                       FastPath* fast_path)
    : impl_(std::make_unique<Impl>(std::move(options), store, live, fast_path)) {}
Controller::~Controller() = default;

absl::Status Controller::start() { return impl_->start(); }
void Controller::ask_thread(std::function<void()> answer) { impl_->ask_thread(std::move(answer)); }
void Controller::stop() { impl_->stop(); }
absl::StatusOr<ApplyResult> Controller::apply(model::ChangeBatch batch,
                                              std::optional<model::ConfigGeneration> expected) {
  return impl_->apply(std::move(batch), expected);
}
absl::StatusOr<Controller::Preview> Controller::preview(const model::Config& after,
                                                        const model::ChangeBatch& batch,
                                                        model::LocalityMapPtr localities) {
  return impl_->preview(after, batch, std::move(localities));
}
void Controller::on_verdict(const health::CheckState& state) { impl_->on_verdict(state); }
absl::Status Controller::set_switch(const std::string& id, bool on, const std::string& reason,
                                    bool break_glass) {
  return impl_->set_switch(id, on, reason, break_glass);
}
absl::StatusOr<model::Override> Controller::set_override(model::Override override) {
  return impl_->set_override(std::move(override));
}
absl::Status Controller::clear_override(const ClearOverride& request) {
  return impl_->clear_override(request);
}
absl::Status Controller::set_safety_rules(
    const std::function<absl::StatusOr<OverrideEvent>(std::vector<SafetyRule>&)>& change) {
  return impl_->set_safety_rules(change);
}
std::vector<RuleCount> Controller::safety_rules() { return impl_->safety_rules(); }
absl::Status Controller::set_localities(model::LocalityMapPtr localities) {
  return impl_->set_localities(std::move(localities));
}
void Controller::on_external(const std::string& key, model::ExternalAnswerPtr answer) {
  impl_->on_external(key, std::move(answer));
}
StoredHealthById Controller::known_health() const { return impl_->known_health(); }
RunningPtr Controller::running() const { return impl_->running(); }
std::vector<Controller::Dependents> Controller::dependents(
    const std::vector<std::string>& check_ids) {
  return impl_->dependents(check_ids);
}
void Controller::collect_metrics(std::vector<metrics::Family>& families) const {
  impl_->collect_metrics(families);
}

}  // namespace signpost::control
