#include "control/scheduler.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/location_sources.h"
#include "control/schedule.h"
#include "control/schedule_plan.h"
#include "control/schedule_step.h"
#include "control/service_support.h"

namespace signpost::control {
namespace {

using std::chrono::seconds;

constexpr std::size_t kUnderWayMax = 100;
constexpr std::size_t kEndedMax = 100;
// If other changes come between, a step is worked out again.
constexpr int kAttempts = 5;
constexpr seconds kRetry{10};
// The system's clock may be set.
constexpr std::chrono::minutes kLookMax{1};

const char* name_of(v1::ScheduleStep::Kind kind) {
  if (kind == v1::ScheduleStep::LOWER) return "lowering TTLs";
  return kind == v1::ScheduleStep::CHANGE ? "the change" : "restoring TTLs";
}

// "step 2 of 3, the change".
std::string step_text(const v1::Schedule& schedule, std::size_t index) {
  return absl::StrCat("step ", index + 1, " of ", schedule.steps_size(), ", ",
                      name_of(schedule.steps(static_cast<int>(index)).kind()));
}

// Whether trying again later can't help.
bool is_final(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ||
         absl::IsFailedPrecondition(status);
}

std::string text_of(const absl::Status& status) { return std::string(status.message()); }

}  // namespace

class Scheduler::Impl {
 public:
  using SteadyTime = SchedulerContext::SteadyTime;

  explicit Impl(SchedulerContext context) : context_(std::move(context)) {}
  ~Impl() { stop(); }

  absl::Status load();
  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void stop();
  absl::StatusOr<v1::Schedule> add(Schedule schedule,
                                   std::optional<SchedulerContext::SystemTime> change_at,
                                   bool dry_run);
  absl::Status check_free(const Deltas& deltas);
  absl::StatusOr<v1::Schedule> cancel(std::uint64_t number, const std::string& author);
  std::vector<v1::Schedule> list() const;
  void collect_metrics(std::vector<metrics::Family>& families) const;
  SteadyTime take_due_steps();

 private:
  struct Entry {
    Schedule schedule;
    // Of the next step, or of another try; nothing: as the schedule says, by the system's clock.
    std::optional<SteadyTime> due;
  };

  void run();
  bool is_due(const Entry& entry) const;
  SteadyTime next_look() const;
  absl::Status check_room_for(const std::set<Subject>& touched) const;
  // False: it is to be tried again.
  bool take(Entry& entry);
  bool take_step(Entry& entry);
  bool finish_cancelling(Entry& entry);
  absl::Status apply(const Entry& entry, const ScheduledStep& step, const Running& running,
                     const std::string& comment);
  bool try_again(Entry& entry, const absl::Status& status);
  void note_made(Entry& entry);
  void end(Entry& entry, v1::Schedule::State state, std::string reason);
  void show();

  const SchedulerContext context_;
  std::mutex work_;  // held while a step is made
  std::map<std::uint64_t, Entry> entries_;
  std::condition_variable woken_;
  bool changed_ = false;
  bool stopping_ = false;
  mutable std::mutex shown_mutex_;
  std::vector<v1::Schedule> shown_;
  metrics::Counter refused_;
  std::thread thread_;
};

absl::Status Scheduler::Impl::load() {
  if (!context_.store->read_only_reason().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<Schedule> stored, context_.store->schedules());
  std::lock_guard lock(work_);
  for (Schedule& schedule : stored) {
    Entry& entry = entries_[schedule.shown.number()];
    entry.schedule = std::move(schedule);
    const v1::Schedule& shown = entry.schedule.shown;
    const std::size_t made = entry.schedule.steps_made();
    if (shown.state() != v1::Schedule::WAITING || made == 0) continue;
    const v1::ScheduleStep& next = shown.steps(static_cast<int>(made));
    // A clock that was set back meanwhile makes no wait longer than it was.
    const auto left = std::clamp<std::chrono::nanoseconds>(
        time_of(next.due()) - context_.now(), seconds(0), seconds(next.wait_seconds()));
    entry.due = context_.steady_now() +
                std::chrono::duration_cast<std::chrono::steady_clock::duration>(left);
  }
  show();
  return absl::OkStatus();
}

void Scheduler::Impl::stop() {
  {
    std::lock_guard lock(work_);
    stopping_ = true;
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Scheduler::Impl::run() {
  for (;;) {
    const auto next = take_due_steps();
    std::unique_lock lock(work_);
    woken_.wait_for(lock, next - context_.steady_now(), [this] { return stopping_ || changed_; });
    changed_ = false;
    if (stopping_) return;
  }
}

Scheduler::Impl::SteadyTime Scheduler::Impl::take_due_steps() {
  std::lock_guard lock(work_);
  for (auto& [number, entry] : entries_) {
    while (!stopping_ && is_due(entry) && take(entry)) {
    }
  }
  show();
  return next_look();
}

bool Scheduler::Impl::is_due(const Entry& entry) const {
  if (!entry.schedule.is_under_way()) return false;
  if (entry.due) return *entry.due <= context_.steady_now();
  if (entry.schedule.shown.state() == v1::Schedule::CANCELLING) return true;
  const auto next = static_cast<int>(entry.schedule.steps_made());
  return time_of(entry.schedule.shown.steps(next).due()) <= context_.now();
}

Scheduler::Impl::SteadyTime Scheduler::Impl::next_look() const {
  const auto now = context_.steady_now();
  auto next = now + kLookMax;
  for (const auto& [number, entry] : entries_) {
    if (!entry.schedule.is_under_way()) continue;
    const auto index = static_cast<int>(entry.schedule.steps_made());
    const auto due =
        entry.due ? *entry.due
                  : now + (time_of(entry.schedule.shown.steps(index).due()) - context_.now());
    next = std::min(next, std::max(now, due));
  }
  return next;
}

absl::Status Scheduler::Impl::check_free(const Deltas& deltas) {
  std::lock_guard lock(work_);
  return check_room_for(subjects_of({{deltas, {}}}));
}

absl::Status Scheduler::Impl::check_room_for(const std::set<Subject>& touched) const {
  std::size_t under_way = 0;
  for (const auto& [number, entry] : entries_) {
    if (!entry.schedule.is_under_way()) continue;
    ++under_way;
    const std::set<Subject> taken = subjects_of(entry.schedule.steps);
    const bool shared = std::any_of(touched.begin(), touched.end(), [&](const Subject& subject) {
      return taken.contains(subject);
    });
    if (shared) {
      return failed_precondition("schedule ", number,
                                 " touches the same record sets; wait until it is done, or cancel "
                                 "it (`signpost schedule cancel ",
                                 number, "`)");
    }
  }
  if (under_way < kUnderWayMax) return absl::OkStatus();
  return resource_exhausted("there are ", kUnderWayMax, " schedules under way");
}

absl::StatusOr<v1::Schedule> Scheduler::Impl::add(
    Schedule schedule, std::optional<SchedulerContext::SystemTime> change_at, bool dry_run) {
  std::lock_guard lock(work_);
  RETURN_IF_ERROR(check_room_for(subjects_of(schedule.steps)));
  RETURN_IF_ERROR(plan_times(context_.now(), change_at, schedule.shown));
  schedule.shown.set_state(v1::Schedule::WAITING);
  if (dry_run) return schedule.shown;
  const std::uint64_t number = entries_.empty() ? 1 : entries_.rbegin()->first + 1;
  schedule.shown.set_number(number);
  set_time(context_.now(), *schedule.shown.mutable_created());
  RETURN_IF_ERROR(context_.store->save_schedule(schedule, {}));
  Entry& entry = entries_[number];
  entry.schedule = std::move(schedule);
  if (is_due(entry)) take(entry);
  show();
  changed_ = true;
  woken_.notify_one();
  const v1::Schedule& shown = entry.schedule.shown;
  if (shown.state() == v1::Schedule::REFUSED) return failed_precondition(shown.reason());
  return shown;
}

absl::StatusOr<v1::Schedule> Scheduler::Impl::cancel(std::uint64_t number,
                                                     const std::string& author) {
  std::lock_guard lock(work_);
  const auto at = entries_.find(number);
  if (at == entries_.end()) return not_found("there is no schedule ", number);
  Entry& entry = at->second;
  if (entry.schedule.shown.state() != v1::Schedule::WAITING)
    return failed_precondition("schedule ", number, " has ended, or is being cancelled");
  Schedule cancelling = entry.schedule;
  cancelling.shown.set_state(v1::Schedule::CANCELLING);
  cancelling.shown.set_reason(absl::StrCat("cancelled by ", author));
  // First, so that a crash on the way leaves nothing lowered.
  RETURN_IF_ERROR(context_.store->save_schedule(cancelling, {}));
  entry.schedule = std::move(cancelling);
  entry.due.reset();
  take(entry);
  show();
  changed_ = true;
  woken_.notify_one();
  return entry.schedule.shown;
}

std::vector<v1::Schedule> Scheduler::Impl::list() const {
  std::lock_guard lock(shown_mutex_);
  return shown_;
}

void Scheduler::Impl::collect_metrics(std::vector<metrics::Family>& families) const {
  const std::vector<v1::Schedule> all = list();
  const auto waiting = std::count_if(all.begin(), all.end(), [](const v1::Schedule& schedule) {
    return schedule.state() == v1::Schedule::WAITING;
  });
  families
      .emplace_back(metrics::Type::kGauge, "signpost_schedules_waiting",
                    "Scheduled changes that have steps left.")
      .add(static_cast<double>(waiting));
  families
      .emplace_back(metrics::Type::kCounter, "signpost_schedules_refused_total",
                    "Scheduled changes that ended early, as a step could not be made.")
      .add(static_cast<double>(refused_.value()));
}

bool Scheduler::Impl::take(Entry& entry) {
  return entry.schedule.shown.state() == v1::Schedule::CANCELLING ? finish_cancelling(entry)
                                                                  : take_step(entry);
}

bool Scheduler::Impl::take_step(Entry& entry) {
  const v1::Schedule& shown = entry.schedule.shown;
  const std::size_t index = entry.schedule.steps_made();
  const ScheduledStep& step = entry.schedule.steps[index];
  const std::string what = step_text(shown, index);
  const std::string left =
      index == 0 ? "" : "; TTLs stay lowered until you apply your files, or roll back";
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const RunningPtr running = context_.controller->running();
    const StepFinding found = find_step(step, running->config);
    if (found.state == StepState::kConflict) {
      end(entry, v1::Schedule::REFUSED,
          absl::StrCat(what, ", was not made: ", found.conflict, left));
      return true;
    }
    status =
        found.state == StepState::kMade
            ? absl::OkStatus()  // before a crash that came before this was stored
            : apply(entry, step, *running, absl::StrCat("schedule ", shown.number(), ", ", what));
    if (!absl::IsAborted(status)) break;
  }
  if (status.ok()) {
    note_made(entry);
    return true;
  }
  if (!is_final(status)) return try_again(entry, status);
  end(entry, v1::Schedule::REFUSED, absl::StrCat(what, ", was not made: ", text_of(status), left));
  return true;
}

bool Scheduler::Impl::finish_cancelling(Entry& entry) {
  Schedule& schedule = entry.schedule;
  const std::string comment =
      absl::StrCat("schedule ", schedule.shown.number(), " cancelled, restoring TTLs");
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const RunningPtr running = context_.controller->running();
    const model::Config& config = running->config;
    std::size_t made = schedule.steps_made();
    // A crash may have come between the step and the note of it.
    if (made < schedule.steps.size() &&
        find_step(schedule.steps[made], config).state == StepState::kMade)
      ++made;
    const ScheduledStep back = ttl_restoration(schedule.steps, made, config);
    status = back.deltas.empty() ? absl::OkStatus() : apply(entry, back, *running, comment);
    if (!absl::IsAborted(status)) break;
  }
  if (!status.ok() && !is_final(status)) return try_again(entry, status);
  const std::string reason = schedule.shown.reason();
  end(entry, v1::Schedule::CANCELLED,
      status.ok()
          ? reason
          : absl::StrCat(reason,
                         "; TTLs stay lowered, as restoring them failed: ", text_of(status)));
  return true;
}

// ABORTED if `running` does not run any more.
absl::Status Scheduler::Impl::apply(const Entry& entry, const ScheduledStep& step,
                                    const Running& running, const std::string& comment) {
  ASSIGN_OR_RETURN(model::ChangeBatch batch, batch_of(step, running.config));
  const v1::Schedule& shown = entry.schedule.shown;
  batch.author = shown.author();
  batch.comment = shown.comment().empty() ? comment : absl::StrCat(comment, ": ", shown.comment());
  const bool relocates = may_move_clients(batch);
  RETURN_IF_ERROR(context_.controller->apply(std::move(batch), running.config.generation).status());
  if (!relocates) return absl::OkStatus();
  if (const absl::Status moved = context_.relocate(); !moved.ok())
    log::warning("clients are located as before the step of a schedule",
                 {{"schedule", shown.number()}, {"error", text_of(moved)}});
  return absl::OkStatus();
}

bool Scheduler::Impl::try_again(Entry& entry, const absl::Status& status) {
  entry.due = context_.steady_now() + kRetry;
  log::warning("a step of a schedule failed and is tried again",
               {{"schedule", entry.schedule.shown.number()}, {"error", text_of(status)}});
  if (entry.schedule.shown.state() == v1::Schedule::WAITING)
    entry.schedule.shown.set_reason(absl::StrCat("tried again: ", text_of(status)));
  return false;
}

void Scheduler::Impl::note_made(Entry& entry) {
  v1::Schedule& shown = entry.schedule.shown;
  const std::size_t index = entry.schedule.steps_made();
  log::info("a step of a schedule is made",
            {{"schedule", shown.number()}, {"step", step_text(shown, index)}});
  const auto now = context_.now();
  set_time(now, *shown.mutable_steps(static_cast<int>(index))->mutable_done());
  shown.clear_reason();
  const auto next = static_cast<int>(index) + 1;
  if (next == shown.steps_size()) return end(entry, v1::Schedule::DONE, "");
  const seconds wait(shown.steps(next).wait_seconds());
  entry.due = context_.steady_now() + wait;
  set_due(next, now + wait, shown);
  // If it can't be stored: a restart recognises the step by what it made.
  if (const absl::Status saved = context_.store->save_schedule(entry.schedule, {}); !saved.ok())
    log::warning("the progress of a schedule could not be stored", {{"error", text_of(saved)}});
}

void Scheduler::Impl::end(Entry& entry, v1::Schedule::State state, std::string reason) {
  v1::Schedule& shown = entry.schedule.shown;
  if (state == v1::Schedule::REFUSED) {
    refused_.add();
    log::error("a schedule ended early", {{"schedule", shown.number()}, {"reason", reason}});
  }
  shown.set_state(state);
  shown.set_reason(std::move(reason));
  entry.schedule.steps.clear();
  std::vector<std::uint64_t> ended;
  for (const auto& [number, each] : entries_)
    if (!each.schedule.is_under_way() && number != shown.number()) ended.push_back(number);
  ended.resize(ended.size() >= kEndedMax ? ended.size() - kEndedMax + 1 : 0);
  if (const absl::Status saved = context_.store->save_schedule(entry.schedule, ended); !saved.ok())
    log::warning("the end of a schedule could not be stored", {{"error", text_of(saved)}});
}

void Scheduler::Impl::show() {
  std::size_t ended = 0;
  for (const auto& [number, entry] : entries_) ended += entry.schedule.is_under_way() ? 0 : 1;
  std::vector<v1::Schedule> shown;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const bool goes = ended > kEndedMax && !at->second.schedule.is_under_way();
    if (!goes) shown.push_back(at->second.schedule.shown);
    at = goes ? entries_.erase(at) : std::next(at);
    if (goes) --ended;
  }
  std::lock_guard lock(shown_mutex_);
  shown_ = std::move(shown);
}

Scheduler::Scheduler(SchedulerContext context)
    : impl_(std::make_unique<Impl>(std::move(context))) {}
Scheduler::~Scheduler() = default;

absl::Status Scheduler::load() { return impl_->load(); }
void Scheduler::start() { impl_->start(); }
void Scheduler::stop() { impl_->stop(); }
absl::StatusOr<v1::Schedule> Scheduler::add(Schedule schedule,
                                            std::optional<SchedulerContext::SystemTime> change_at,
                                            bool dry_run) {
  return impl_->add(std::move(schedule), change_at, dry_run);
}
absl::Status Scheduler::check_free(const Deltas& deltas) { return impl_->check_free(deltas); }
absl::StatusOr<v1::Schedule> Scheduler::cancel(std::uint64_t number, const std::string& author) {
  return impl_->cancel(number, author);
}
std::vector<v1::Schedule> Scheduler::list() const { return impl_->list(); }
void Scheduler::collect_metrics(std::vector<metrics::Family>& families) const {
  impl_->collect_metrics(families);
}
SchedulerContext::SteadyTime Scheduler::take_due_steps() { return impl_->take_due_steps(); }

}  // namespace signpost::control
