// The one writer's state and parts: controller.cc has its thread and changes of the configuration,
// controller_health.cc verdicts, controller_overrides.cc overrides, controller_externals.cc
// external aliases.
#pragma once

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

#include "control/controller.h"
#include "control/snapshot_writer.h"
#include "control/table_publisher.h"

namespace signpost::control {

// For log entries.
inline std::string_view message_of(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

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
  void ask_thread(std::function<void()> answer);
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
  using Clock = std::chrono::steady_clock;
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
  void tell_of(const std::vector<OverrideEvent>& events);
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
  absl::Status restore_overrides(const StoredState& state);
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
  std::vector<std::function<void()>> asked_;
  bool stopping_ = false;

  std::optional<SnapshotWriter> snapshots_;
  std::thread thread_;
};

}  // namespace signpost::control
