// Makes the steps of schedules when they are due.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/metrics.h"
#include "control/controller.h"
#include "control/delta.h"
#include "control/store.h"

namespace signpost::v1 {
class Schedule;
}

namespace signpost::control {

struct Schedule;  // control/schedule.h

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
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::control
