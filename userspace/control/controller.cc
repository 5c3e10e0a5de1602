#include "control/controller.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <thread>

#include "base/log.h"
#include "base/status.h"
#include "control/batch_preparation.h"
#include "control/snapshot_writer.h"
#include "control/table_publisher.h"
#include "model/calculation.h"
#include "policy/validate.h"

namespace signpost::control {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kSnapshotInterval{60};
// After a health change could not be published.
constexpr std::chrono::seconds kRetryInterval{1};
// Between two looks at overrides that expire or drain.
constexpr std::chrono::milliseconds kOverrideWaitMin{10};
constexpr std::chrono::minutes kOverrideWaitMax{1};

std::string_view message_of(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

std::vector<model::HealthCheckPtr> checks_of(const model::Config& config) {
  std::vector<model::HealthCheckPtr> checks;
  checks.reserve(config.health_checks.size());
  config.health_checks.for_each(
      [&](const std::string&, const model::HealthCheckPtr& check) { checks.push_back(check); });
  return checks;
}

// By id.
std::vector<model::NoticeReceiverPtr> receivers_of(const model::Config& config) {
  std::vector<model::NoticeReceiverPtr> receivers;
  config.notice_receivers.for_each(
      [&](const std::string&, const model::NoticeReceiverPtr& each) { receivers.push_back(each); });
  std::sort(receivers.begin(), receivers.end(),
            [](const auto& a, const auto& b) { return a->id < b->id; });
  return receivers;
}

// What is worth a notice among flips that come one after the other; `before` is the health before
// them. That a new check is healthy is not.
std::vector<model::NoticeEvent> events_of(const std::vector<HealthFlip>& flips,
                                          const model::Config& config,
                                          const model::Observations& before) {
  std::map<std::string, model::Health> known;
  std::vector<model::NoticeEvent> events;
  for (const HealthFlip& flip : flips) {
    const model::HealthCheckPtr* check = config.health_checks.find(flip.check_id);
    if (check == nullptr) continue;
    model::Health& health =
        known.try_emplace(flip.check_id, before.of(flip.check_id)).first->second;
    const model::Health was = std::exchange(health, flip.health);
    const bool news = was != model::Health::kUnknown || flip.health == model::Health::kUnhealthy;
    if (!news || was == flip.health) continue;
    events.push_back(model::HealthFlipEvent{flip.check_id, model::target_text((*check)->kind), was,
                                            flip.health, flip.reason});
  }
  return events;
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

class Controller::Impl {
 public:
  Impl(ControllerOptions options, Store& store, server::LiveTable& live, FastPath* fast_path)
      : options_(std::move(options)),
        store_(store),
        publisher_(live, fast_path, {.rings = options_.rings, .counters = options_.counters},
                   options_.counter_released) {}

  ~Impl() { stop(); }

  absl::Status start();
  void stop();
  absl::StatusOr<ApplyResult> apply(model::ChangeBatch batch,
                                    std::optional<model::ConfigGeneration> expected);
  absl::StatusOr<Preview> preview(const model::Config& after, const model::ChangeBatch& batch,
                                  model::LocalityMapPtr localities);
  void on_verdict(const health::CheckState& state);
  absl::Status set_switch(const std::string& id, bool on, const std::string& reason,
                          bool break_glass);
  absl::StatusOr<model::Override> set_override(model::Override override);
  absl::Status clear_override(const ClearOverride& request);
  absl::Status set_safety_rules(
      const std::function<absl::StatusOr<OverrideEvent>(std::vector<SafetyRule>&)>& change);
  std::vector<RuleCount> safety_rules();
  absl::Status set_localities(model::LocalityMapPtr localities);
  void on_external(const std::string& key, model::ExternalAnswerPtr answer);
  StoredHealthById known_health() const {
    std::lock_guard lock(known_mutex_);
    return known_;
  }
  RunningPtr running() const { return running_.load(); }
  std::vector<Dependents> dependents(const std::vector<std::string>& check_ids);
  void collect_metrics(std::vector<metrics::Family>& families) const {
    if (const RunningPtr now = running()) publisher_.metrics().collect(*now, families);
  }

 private:
  using Verdicts = StoredHealthById;

  // On the controller's thread:
  void run();
  absl::StatusOr<ApplyResult> apply_now(model::ChangeBatch& batch,
                                        std::optional<model::ConfigGeneration> expected);
  absl::Status publish_stored(
      const model::Config& config, const model::ChangeBatch& batch,
      const std::function<absl::Status(const std::function<bool()>& may_commit)>& store);
  void publish_verdicts(const Verdicts& verdicts, const std::vector<HealthFlip>& flips);
  void publish_seen(const Verdicts& verdicts);
  void publish_flips(const Verdicts& verdicts, const std::vector<HealthFlip>& flips);
  absl::Status set_switch_now(const std::string& id, bool on, const std::string& reason,
                              bool break_glass);
  absl::Status take_override_step(OverrideStep step);
  void refresh_overrides();
  bool overrides_are_due() const;
  void publish_externals(const ExternalAnswers& answers);
  void save_externals(const ExternalAnswers& answers);
  void tell_of_externals();
  // Forgets the answers to targets in externals_ that are not among these, sorted.
  void use_externals(std::vector<std::string> externals);
  absl::Status set_localities_now(model::LocalityMapPtr localities);
  void end_first_wait();
  void publish_health(std::set<std::string> checks);
  // Makes `next`, with the table just published, what runs.
  void set_running(Running next);
  void note_failure();
  void take_over_checks(const std::vector<HealthCheckDelta>& changed, const model::Config& after);
  Clock::time_point next_deadline() const;

  // Runs `task` on the controller's thread and waits for its end; false if the controller stops.
  bool run_and_wait(std::function<void()> task);

  void restore_health(const StoredState& state);
  absl::Status restore_overrides(const model::Config& config);
  absl::Status save_snapshot() const;

  const ControllerOptions options_;
  Store& store_;

  // The controller's thread alone uses these.
  TablePublisher publisher_;
  model::Observations seen_;                  // the newest verdicts, published or not
  std::set<std::string> unpublished_checks_;  // whose last verdict could not be published
  std::set<std::string> unpublished_externals_;
  OverrideKeeper overrides_;
  policy::OverrideChange unpublished_overrides_;
  model::Override::Time overrides_refreshed_;
  std::vector<std::string> externals_;  // that externals_changed was told of
  std::optional<Clock::time_point> first_wait_ends_;

  std::atomic<RunningPtr> running_;
  mutable std::mutex known_mutex_;
  StoredHealthById known_;

  std::mutex mutex_;
  std::condition_variable woken_;
  std::deque<std::packaged_task<void()>> tasks_;
  Verdicts verdicts_;
  std::vector<HealthFlip> flips_;  // that verdicts_ are the end of
  ExternalAnswers external_answers_;
  bool stopping_ = false;

  std::optional<SnapshotWriter> snapshots_;
  std::thread thread_;
};

absl::Status Controller::Impl::start() {
  const StoredState state = store_.take_state();
  restore_health(state);
  RETURN_IF_ERROR(restore_overrides(state.config));
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
  use_externals(publisher_.externals());
  snapshots_.emplace(kSnapshotInterval, [this] { return save_snapshot(); });
  snapshots_->changed();
  thread_ = std::thread([this] { run(); });
  return absl::OkStatus();
}

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

// A read-only folder gives its configuration without overrides, which can't be kept then.
absl::Status Controller::Impl::restore_overrides(const model::Config& config) {
  overrides_.set_checks(config);
  if (!store_.read_only_reason().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(OverrideState stored, store_.overrides());
  overrides_.take(std::move(stored));
  const auto now = overrides_refreshed_ = std::chrono::system_clock::now();
  if (std::optional<OverrideStep> expired = overrides_.expire(now)) {
    RETURN_IF_ERROR(store_.save_overrides(expired->state, expired->events));
    overrides_.take(std::move(expired->state));
  }
  std::vector<HealthFlip> flips;
  overrides_.refresh(config, seen_, now, flips);
  return absl::OkStatus();
}

absl::Status Controller::Impl::save_snapshot() const {
  const RunningPtr now = running();
  return store_.save_snapshot({.config = now->config,
                               .last_zone_id = now->last_zone_id,
                               .health = known_health(),
                               .externals = {},
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

Clock::time_point Controller::Impl::next_deadline() const {
  Clock::time_point deadline = Clock::now() + std::chrono::hours(1);
  if (first_wait_ends_) deadline = std::min(deadline, *first_wait_ends_);
  if (!unpublished_checks_.empty() || !unpublished_externals_.empty())
    deadline = std::min(deadline, Clock::now() + kRetryInterval);
  if (!unpublished_overrides_.empty()) deadline = std::min(deadline, Clock::now() + kRetryInterval);
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
      return stopping_ || !verdicts_.empty() || !external_answers_.empty() || !tasks_.empty();
    });
    if (stopping_) return;
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
  set_running(std::move(next));
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
  const absl::Status published = publisher_.publish_batch(config, seen_, batch, [&] {
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
  const std::vector<model::NoticeEvent> events = events_of(flips, running()->config, seen_);
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

absl::StatusOr<model::Override> Controller::Impl::set_override(model::Override override) {
  absl::StatusOr<model::Override> result = unavailable("signpostd is stopping");
  run_and_wait([&] {
    const auto now = std::chrono::system_clock::now();
    absl::StatusOr<OverrideStep> step = overrides_.set(override, running()->config, seen_, now);
    result = step.status();
    if (!step.ok()) return;
    const absl::Status taken = take_override_step(*step);
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
  for (const OverrideEvent& event : step.events)
    log::info("override changed", {{"event", event.text}, {"author", event.author}});
  overrides_.take(std::move(step.state));
  refresh_overrides();
  return absl::OkStatus();
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
    overrides_.take(std::move(expired->state));
  }
  const RunningPtr now = running();
  const model::Observations before = seen_;
  std::vector<HealthFlip> flips;
  policy::OverrideChange change = overrides_.refresh(now->config, seen_, time, flips);
  if (options_.notify)
    for (const model::NoticeEvent& event : events_of(flips, now->config, before))
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

void Controller::Impl::publish_health(std::set<std::string> checks) {
  const RunningPtr now = running();
  if (!publisher_.publish_health(now->config, seen_, checks).ok()) {
    unpublished_checks_ = std::move(checks);  // run() tries again
    return note_failure();
  }
  unpublished_checks_.clear();
  set_running(*now);
}

void Controller::Impl::on_external(const std::string& key, model::ExternalAnswerPtr answer) {
  {
    std::lock_guard lock(mutex_);
    external_answers_[key] = std::move(answer);
  }
  woken_.notify_one();
}

void Controller::Impl::save_externals(const ExternalAnswers& answers) {
  if (answers.empty()) return;
  if (const absl::Status saved = store_.save_externals(answers); !saved.ok()) {
    log::warning("answers to external aliases could not be stored", {{"error", message_of(saved)}});
  }
}

void Controller::Impl::publish_externals(const ExternalAnswers& answers) {
  std::set<std::string> changed = unpublished_externals_;
  for (const auto& [key, answer] : answers) {
    seen_.external.set(key, answer);
    changed.insert(key);
  }
  const RunningPtr now = running();
  if (!publisher_.publish_external(now->config, seen_, changed).ok()) {
    unpublished_externals_ = std::move(changed);  // run() tries again
    save_externals(answers);
    return note_failure();
  }
  unpublished_externals_.clear();
  set_running(*now);
  save_externals(answers);
}

// After whatever may have changed which targets are in use.
void Controller::Impl::tell_of_externals() {
  std::vector<std::string> externals = publisher_.externals();
  if (externals != externals_) use_externals(std::move(externals));
}

void Controller::Impl::use_externals(std::vector<std::string> externals) {
  ExternalAnswers gone;
  for (const std::string& key : externals_) {
    if (std::binary_search(externals.begin(), externals.end(), key)) continue;
    seen_.external.erase(key);
    gone[key] = nullptr;
  }
  save_externals(gone);
  externals_ = std::move(externals);
  if (options_.externals_changed) options_.externals_changed(externals_);
}

absl::Status Controller::Impl::set_localities(model::LocalityMapPtr localities) {
  absl::Status status = unavailable("signpostd is stopping");
  run_and_wait([&] { status = set_localities_now(std::move(localities)); });
  return status;
}

absl::Status Controller::Impl::set_localities_now(model::LocalityMapPtr localities) {
  const RunningPtr now = running();
  const absl::Status published =
      publisher_.publish_localities(now->config, seen_, std::move(localities));
  if (!published.ok()) {
    note_failure();
    return published;
  }
  if (options_.localities_changed) options_.localities_changed();
  set_running(*now);
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
