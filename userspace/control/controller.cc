#include "control/controller.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <thread>

#include "base/log.h"
#include "base/status.h"
#include "control/batch_preparation.h"
#include "control/snapshot_writer.h"
#include "policy/table_compiler.h"
#include "policy/validate.h"

namespace signpost::control {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kSnapshotInterval{60};
// After a health change could not be published.
constexpr std::chrono::seconds kRetryInterval{1};

// Steps of publishing, as labels of signpost_publish_failures_total.
enum Step { kRebuild, kStage, kCommit, kActivate, kSettle, kStepCount };
constexpr std::array<std::string_view, kStepCount> kStepNames = {"rebuild", "stage", "commit",
                                                                 "activate", "settle"};

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

void count_record_sets(const Deltas& deltas, Running& running) {
  for (const GroupDelta& delta : deltas.groups) {
    const std::uint64_t before = delta.before ? delta.before->sets.size() : 0;
    const std::uint64_t after = delta.after ? delta.after->sets.size() : 0;
    if (before == after) continue;
    const std::uint64_t* held = running.record_sets.find(delta.zone_apex);
    running.record_sets.set(delta.zone_apex, (held ? *held : 0) + after - before);
    running.record_sets_total += after - before;
  }
  for (const ZoneDelta& delta : deltas.zones) {
    if (!delta.after) running.record_sets.erase(delta.apex);
  }
}

}  // namespace

class Controller::Impl {
 public:
  Impl(ControllerOptions options, Store& store, server::LiveTable& live, FastPath* fast_path)
      : options_(std::move(options)),
        store_(store),
        live_(live),
        fast_path_(fast_path),
        ids_(options_.rings, options_.counters),
        compiler_(ids_) {}

  ~Impl() { stop(); }

  absl::Status start();
  void stop();
  absl::StatusOr<ApplyResult> apply(model::ChangeBatch batch, model::ConfigGeneration expected);
  void on_verdict(const health::CheckState& state);
  StoredHealthById known_health() const {
    std::lock_guard lock(known_mutex_);
    return known_;
  }
  RunningPtr running() const { return running_.load(); }
  std::vector<Dependents> dependents(const std::vector<std::string>& check_ids);
  void collect_metrics(std::vector<metrics::Family>& families) const;

 private:
  using Verdicts = StoredHealthById;

  // On the controller's thread:
  void run();
  absl::StatusOr<ApplyResult> apply_now(model::ChangeBatch& batch, model::ConfigGeneration expected,
                                        bool& settle_after);
  void publish_verdicts(Verdicts verdicts);
  void end_first_wait();
  absl::Status publish_health(const model::Observations& seen, std::set<std::string> checks);
  absl::Status publish(const policy::CompiledTable& compiled,
                       const std::function<absl::Status()>& commit);
  void remember_ids();
  void settle();

  absl::Status failed(Step step, const absl::Status& status);
  void restore_health(StoredState& state);
  void load_counts(const model::Config& config, Running& running) const;
  void set_running(Running running) {
    running_.store(std::make_shared<const Running>(std::move(running)));
  }
  Clock::time_point next_deadline() const;

  // Runs `task` on the controller's thread and waits for its result; false if the controller stops.
  bool run_and_wait(std::function<void()> task);

  const ControllerOptions options_;
  Store& store_;
  server::LiveTable& live_;
  FastPath* const fast_path_;

  // The controller's thread alone uses these.
  policy::IdRegistry ids_;
  policy::TableCompiler compiler_;
  std::set<std::string> unpublished_checks_;  // whose last verdict could not be published
  model::Observations seen_;                  // with those
  std::optional<Clock::time_point> first_wait_ends_;
  bool settle_needed_ = false;

  std::atomic<RunningPtr> running_;
  mutable std::mutex known_mutex_;
  StoredHealthById known_;
  std::array<metrics::Counter, kStepCount> failures_;
  metrics::Counter published_;
  metrics::Histogram publish_seconds_{{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5}};

  std::mutex mutex_;
  std::condition_variable woken_;
  std::deque<std::packaged_task<void()>> tasks_;
  Verdicts verdicts_;
  bool stopping_ = false;

  std::optional<SnapshotWriter> snapshots_;
  std::thread thread_;
};

absl::Status Controller::Impl::start() {
  StoredState state = store_.take_state();
  restore_health(state);
  if (fast_path_) ids_.restore(fast_path_->remembered_ids());
  const policy::CompiledTable compiled = compiler_.compile_all(state.config, seen_);
  if (fast_path_) {
    if (const absl::Status built = fast_path_->rebuild(*compiled.table); !built.ok()) {
      return failed(kRebuild, built);
    }
  }
  compiler_.accept(compiled);
  ids_.free_unclaimed();
  remember_ids();
  live_.store(compiled.table);
  Running running;
  running.config = state.config;
  running.last_zone_id = state.last_zone_id;
  running.seen = seen_;
  running.table = compiled.table;
  running.activated = std::chrono::system_clock::now();
  load_counts(state.config, running);
  set_running(std::move(running));
  if (options_.checks_changed) options_.checks_changed(checks_of(state.config));
  snapshots_.emplace(kSnapshotInterval, [this] {
    const RunningPtr now = this->running();
    StoredState whole;
    whole.config = now->config;
    whole.last_zone_id = now->last_zone_id;
    whole.health = known_health();
    whole.installation_id = store_.installation_id();
    return store_.save_snapshot(whole);
  });
  snapshots_->changed();
  thread_ = std::thread([this] { run(); });
  return absl::OkStatus();
}

void Controller::Impl::restore_health(StoredState& state) {
  bool all_known = true;
  state.config.health_checks.for_each([&](const std::string& id, const model::HealthCheckPtr&) {
    const auto stored = state.health.find(id);
    if (stored == state.health.end()) {
      all_known = false;
      return;
    }
    seen_.health.set(id, stored->second.health);
    known_[id] = stored->second;
  });
  if (all_known || options_.first_verdict_wait.count() == 0) return;
  seen_.awaiting_first_verdicts = true;
  first_wait_ends_ = Clock::now() + options_.first_verdict_wait;
}

void Controller::Impl::load_counts(const model::Config& config, Running& running) const {
  config.zones.for_each([&](const dns::Name& apex, const model::ZonePtr& zone) {
    std::uint64_t sets = 0;
    zone->owners.for_each([&](const dns::Name&, const model::OwnerRecordsPtr& records) {
      for (const model::RecordGroupPtr& group : records->groups) sets += group->sets.size();
    });
    running.record_sets.set(apex, sets);
    running.record_sets_total += sets;
  });
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
  if (!unpublished_checks_.empty()) deadline = std::min(deadline, Clock::now() + kRetryInterval);
  return deadline;
}

void Controller::Impl::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    woken_.wait_until(lock, next_deadline(),
                      [this] { return stopping_ || !verdicts_.empty() || !tasks_.empty(); });
    if (stopping_) return;
    // Verdicts first: a flip may not wait behind a queue of changes.
    Verdicts verdicts = std::exchange(verdicts_, {});
    std::optional<std::packaged_task<void()>> task;
    if (verdicts.empty() && !tasks_.empty()) {
      task.emplace(std::move(tasks_.front()));
      tasks_.pop_front();
    }
    lock.unlock();
    if (task) {
      (*task)();
    } else if (!verdicts.empty() || !unpublished_checks_.empty()) {
      publish_verdicts(std::move(verdicts));
    }
    if (first_wait_ends_ && Clock::now() >= *first_wait_ends_) end_first_wait();
    if (std::exchange(settle_needed_, false)) settle();
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

absl::StatusOr<ApplyResult> Controller::Impl::apply(model::ChangeBatch batch,
                                                    model::ConfigGeneration expected) {
  absl::StatusOr<ApplyResult> result = unavailable("signpostd is stopping");
  const bool ran = run_and_wait([&] { result = apply_now(batch, expected, settle_needed_); });
  return ran ? std::move(result) : unavailable("signpostd is stopping");
}

absl::StatusOr<ApplyResult> Controller::Impl::apply_now(model::ChangeBatch& batch,
                                                        model::ConfigGeneration expected,
                                                        bool& settle_after) {
  const RunningPtr before = running();
  ApplyResult result;
  result.generation = before->config.generation;
  result.table_generation = before->table->generation;
  if (expected != 0 && expected != result.generation) {
    return absl::AbortedError(absl::StrCat("the running generation is ", result.generation,
                                           ", not ", expected, "; look at it and try again"));
  }
  if (batch.changes.empty()) return result;
  if (!store_.read_only_reason().empty()) return failed_precondition(store_.read_only_reason());

  const Clock::time_point began = Clock::now();
  const model::ZoneId last_zone_id = prepare(before->config, before->last_zone_id, batch);
  ASSIGN_OR_RETURN(model::Config after, policy::apply_batch(before->config, batch));
  const Deltas deltas = deltas_of(before->config, after, batch);
  if (deltas.empty()) return result;

  HistoryEntry entry;
  entry.generation = after.generation;
  entry.time = std::chrono::system_clock::now();
  entry.author = batch.author;
  entry.comment = batch.comment;
  entry.counts = count(deltas);
  const policy::CompiledTable compiled = compiler_.compile_batch(after, seen_, batch);
  RETURN_IF_ERROR(publish(compiled, [&] { return store_.commit(entry, deltas, last_zone_id); }));
  settle_after = true;
  Running next = *before;
  next.config = after;
  next.last_zone_id = last_zone_id;
  next.seen = seen_;
  next.table = compiled.table;
  next.activated = std::chrono::system_clock::now();
  next.last_publish_error.clear();
  count_record_sets(deltas, next);
  set_running(std::move(next));
  publish_seconds_.observe(std::chrono::duration<double>(Clock::now() - began).count());
  snapshots_->changed();
  if (!deltas.health_checks.empty()) {
    for (const HealthCheckDelta& delta : deltas.health_checks) {
      if (delta.after) continue;
      seen_.health.erase(delta.id);
      std::lock_guard lock(known_mutex_);
      known_.erase(delta.id);
    }
    if (options_.checks_changed) options_.checks_changed(checks_of(after));
  }
  result.generation = after.generation;
  result.table_generation = compiled.table->generation;
  result.counts = entry.counts;
  result.warnings = policy::warnings(after, batch);
  return result;
}

absl::Status Controller::Impl::failed(Step step, const absl::Status& status) {
  failures_[step].add();
  static log::RateLimit limit;
  log::warning(limit, "publishing failed; the generation before keeps serving",
               {{"step", kStepNames[step]}, {"error", message_of(status)}});
  if (const RunningPtr now = running()) {
    Running copy = *now;
    copy.last_publish_error =
        absl::StrCat(std::string(kStepNames[step]), ": ", std::string(message_of(status)));
    set_running(std::move(copy));
  }
  return status;
}

absl::Status Controller::Impl::publish(const policy::CompiledTable& compiled,
                                       const std::function<absl::Status()>& commit) {
  if (fast_path_) {
    const absl::Status staged = fast_path_->stage(*compiled.table, compiled.change);
    if (!staged.ok()) return failed(kStage, staged);
  }
  if (const absl::Status committed = commit(); !committed.ok()) {
    // What can't be undone is repaired by the next stage().
    if (fast_path_) fast_path_->abandon().IgnoreError();
    return failed(kCommit, committed);
  }
  compiler_.accept(compiled);
  remember_ids();
  if (fast_path_) {
    const absl::Status active = fast_path_->activate();
    if (!active.ok()) return failed(kActivate, active);
  }
  live_.store(compiled.table);
  published_.add();
  return absl::OkStatus();
}

void Controller::Impl::remember_ids() {
  const policy::IdRegistry::Journal journal = ids_.take_journal();
  if (options_.counter_released) {
    for (const auto& [holder, id] : journal.released) {
      if (holder.kind == policy::IdHolder::Kind::kCounter) options_.counter_released(id);
    }
  }
  if (fast_path_ == nullptr) return;
  // Forgetting an id costs the continuity of a count, not an answer.
  if (const absl::Status kept = fast_path_->remember_ids(journal); !kept.ok()) {
    log::warning("counters may begin anew at the next start", {{"error", message_of(kept)}});
  }
}

void Controller::Impl::settle() {
  if (fast_path_ == nullptr) return;
  if (const absl::Status settled = fast_path_->settle(); !settled.ok()) {
    failed(kSettle, settled).IgnoreError();
  }
}

void Controller::Impl::on_verdict(const health::CheckState& state) {
  if (state.health == model::Health::kUnknown) return;
  {
    std::lock_guard lock(mutex_);
    verdicts_[state.id] = {state.health, state.since};
  }
  woken_.notify_one();
}

void Controller::Impl::publish_verdicts(Verdicts verdicts) {
  const RunningPtr before = running();
  std::erase_if(verdicts, [&](const auto& verdict) {
    return before->config.health_checks.find(verdict.first) == nullptr;
  });
  std::set<std::string> flipped = unpublished_checks_;
  for (const auto& [id, verdict] : verdicts) {
    if (seen_.of(id) != verdict.health) flipped.insert(id);
    seen_.health.set(id, verdict.health);
  }
  if (first_wait_ends_ && seen_.health.size() == before->config.health_checks.size()) {
    seen_.awaiting_first_verdicts = false;
    first_wait_ends_.reset();
  }
  if (!flipped.empty()) publish_health(seen_, std::move(flipped)).IgnoreError();
  {
    std::lock_guard lock(known_mutex_);
    for (const auto& [id, verdict] : verdicts) known_[id] = verdict;
  }
  if (verdicts.empty()) return;
  if (const absl::Status saved = store_.save_health(verdicts); !saved.ok()) {
    log::warning("verdicts could not be stored", {{"error", message_of(saved)}});
  }
  snapshots_->changed();
}

absl::Status Controller::Impl::publish_health(const model::Observations& seen,
                                              std::set<std::string> checks) {
  const RunningPtr before = running();
  const policy::CompiledTable compiled = compiler_.compile_health(
      before->config, seen, std::vector<std::string>(checks.begin(), checks.end()));
  const absl::Status status = publish(compiled, [] { return absl::OkStatus(); });
  unpublished_checks_ = status.ok() ? std::set<std::string>() : std::move(checks);
  if (!status.ok()) return status;
  settle_needed_ = true;
  Running next = *before;
  next.seen = seen;
  next.table = compiled.table;
  next.activated = std::chrono::system_clock::now();
  next.last_publish_error.clear();
  set_running(std::move(next));
  return status;
}

void Controller::Impl::end_first_wait() {
  first_wait_ends_.reset();
  seen_.awaiting_first_verdicts = false;
  std::set<std::string> unknown;
  running()->config.health_checks.for_each(
      [&](const std::string& id, const model::HealthCheckPtr&) {
        if (seen_.of(id) == model::Health::kUnknown) unknown.insert(id);
      });
  log::info("some health checks have no verdict yet and count as healthy",
            {{"checks", unknown.size()}});
  unknown.merge(std::set<std::string>(unpublished_checks_));
  // A failure is tried again like that of a verdict.
  publish_health(seen_, std::move(unknown)).IgnoreError();
}

std::vector<Controller::Dependents> Controller::Impl::dependents(
    const std::vector<std::string>& check_ids) {
  std::vector<Dependents> all(check_ids.size());
  run_and_wait([&] {
    for (std::size_t i = 0; i < check_ids.size(); ++i) all[i] = compiler_.dependents(check_ids[i]);
  });
  return all;
}

void Controller::Impl::collect_metrics(std::vector<metrics::Family>& families) const {
  using metrics::Type;
  const RunningPtr now = running();
  if (now == nullptr) return;
  const auto gauge = [&](const char* name, const char* help, auto value) {
    families.emplace_back(Type::kGauge, name, help).add(static_cast<double>(value));
  };
  gauge("signpost_generation_active", "Configuration generation that is served.",
        now->config.generation);
  gauge("signpost_table_generation", "Table generation that is served.", now->table->generation);
  gauge("signpost_zones", "Zones held.", now->config.zones.size());
  gauge("signpost_record_sets", "Record sets held.", now->record_sets_total);
  gauge("signpost_activated_timestamp_seconds", "When the table was published, in Unix time.",
        std::chrono::duration<double>(now->activated.time_since_epoch()).count());
  families.emplace_back(Type::kCounter, "signpost_publish_total", "Tables published.")
      .add(static_cast<double>(published_.value()));
  metrics::Family& failures = families.emplace_back(
      Type::kCounter, "signpost_publish_failures_total", "Tables not published, by failing step.");
  for (std::size_t step = 0; step < kStepCount; ++step) {
    failures.add({{"step", std::string(kStepNames[step])}},
                 static_cast<double>(failures_[step].value()));
  }
  families
      .emplace_back(Type::kHistogram, "signpost_apply_duration_seconds",
                    "From the start of a change batch's validation until it is served.")
      .add({}, publish_seconds_.snapshot());
}

Controller::Controller(ControllerOptions options, Store& store, server::LiveTable& live,
                       FastPath* fast_path)
    : impl_(std::make_unique<Impl>(std::move(options), store, live, fast_path)) {}
Controller::~Controller() = default;

absl::Status Controller::start() { return impl_->start(); }
void Controller::stop() { impl_->stop(); }
absl::StatusOr<ApplyResult> Controller::apply(model::ChangeBatch batch,
                                              model::ConfigGeneration expected) {
  return impl_->apply(std::move(batch), expected);
}
void Controller::on_verdict(const health::CheckState& state) { impl_->on_verdict(state); }
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
