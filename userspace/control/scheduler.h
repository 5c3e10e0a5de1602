// Makes the steps of schedules when they are due.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/metrics.h"
#include "control/controller.h"
#include "control/schedule.h"
#include "control/schedule_step.h"
#include "control/store.h"

namespace signpost::control {

struct SchedulerContext {
  using SystemTime = std::chrono::system_clock::time_point;
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Outlive the scheduler.
  Controller* controller = nullptr;
  Store* store = nullptr;
  // After a step that may have moved clients (location_sources.h).
  std::function<absl::Status()> relocate;
  // What is stored and shown is in the system's time. Waits between steps go by the steady clock,
  // so that setting the system's makes none of them shorter.
  std::function<SystemTime()> now = std::chrono::system_clock::now;
  std::function<SteadyTime()> steady_now = std::chrono::steady_clock::now;
};

// May be used from any thread. A step is an ordinary change: stored, published, and in the history.
class Scheduler {
 public:
  explicit Scheduler(SchedulerContext context);
  ~Scheduler();

  // Takes what is stored. Call once, first.
  absl::Status load();

  // From now on steps are made when they are due, on a thread of the scheduler's own.
  void start();
  // Finishes a step that is under way.
  void stop();

  // Numbers and stores a schedule of plan_schedule(), and makes its first step if that is due now.
  // Then FAILED_PRECONDITION if it can't be made; likewise if another schedule touches the same.
  // With `dry_run` it does nothing but tell how it would be.
  absl::StatusOr<v1::Schedule> add(Schedule schedule,
                                   std::optional<SchedulerContext::SystemTime> change_at,
                                   bool dry_run);

  // FAILED_PRECONDITION if a schedule under way touches something of these.
  absl::Status check_free(const Deltas& deltas);

  // schedule.proto, CancelSchedule. NOT_FOUND, FAILED_PRECONDITION if it has ended.
  absl::StatusOr<v1::Schedule> cancel(std::uint64_t number, const std::string& author);

  // Ascending by number.
  std::vector<v1::Schedule> list() const;

  void collect_metrics(std::vector<metrics::Family>& families) const;

  // Makes every step that is due; says when to look again.
  SchedulerContext::SteadyTime take_due_steps();

 private:
  struct Entry {
    Schedule schedule;
    // Of the next step, or of another try; nothing: as the schedule says, by the system's clock.
    std::optional<SchedulerContext::SteadyTime> due;
  };

  void run();
  bool is_due(const Entry& entry) const;
  SchedulerContext::SteadyTime next_look() const;
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
  absl::Status save(const Schedule& schedule, const std::vector<std::uint64_t>& forgotten);
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

}  // namespace signpost::control
