// The one writer: turns change batches and verdicts into published answer tables.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/metrics.h"
#include "control/delta.h"
#include "control/fast_path.h"
#include "control/override_keeper.h"
#include "control/running.h"
#include "control/store.h"
#include "health/monitor.h"
#include "model/answer_table.h"
#include "model/change.h"
#include "model/notice.h"
#include "model/observations.h"
#include "policy/table_compiler.h"
#include "server/live_table.h"

namespace signpost::control {

struct ApplyResult {
  model::ConfigGeneration generation = 0;
  model::TableGeneration table_generation = 0;
  ChangeCounts counts;
  std::vector<std::string> warnings;
};

struct ControllerOptions {
  // How long names whose checks have no verdict yet get SERVFAIL after a start without stored
  // health.
  std::chrono::milliseconds first_verdict_wait{5000};
  // Ids of rings and counters are below these (datapath::Capacity).
  std::uint32_t rings = 1u << 16;
  std::uint32_t counters = 1u << 17;
  // Called on the controller's thread with all checks whenever they changed.
  std::function<void(std::vector<model::HealthCheckPtr>)> checks_changed;
  // Where clients are, for the first table; null: nowhere.
  model::LocalityMapPtr localities;
  // Called on the controller's thread with the external alias targets in use
  // (model::external_key()), sorted, at the start and whenever they changed.
  std::function<void(std::vector<std::string>)> externals_changed;
  // Called likewise when a recovery control was set.
  std::function<void(const std::string& id, bool on, const std::string& reason)> switch_set;
  // Called likewise with all receivers of notices at the start and whenever they changed.
  std::function<void(std::vector<model::NoticeReceiverPtr>)> receivers_changed;
  // Called likewise with all guards at the start and whenever they changed.
  std::function<void(std::vector<model::GuardPtr>)> guards_changed;
  // Called likewise with the configuration that has begun to be served, and the zones whose records
  // differ from the one before; at the start all.
  std::function<void(const model::Config&, const std::vector<dns::Name>& zones)> zones_changed;
  // Called likewise with what the operator is to be told of, once it is served.
  std::function<void(model::NoticeEvent)> notify;
  // Called likewise when another map of localities has begun to be served.
  std::function<void()> localities_changed;
  // Called likewise with a counter that gets another holder.
  std::function<void(std::uint32_t)> counter_released;
};

class Controller {
 public:
  // `fast_path` is null in userspace mode. References must outlive the controller.
  Controller(ControllerOptions options, Store& store, server::LiveTable& live, FastPath* fast_path);
  ~Controller();

  // Publishes what the store holds, and starts the controller's thread. Calls checks_changed.
  absl::Status start();

  // Refuses what is queued, finishes what is under way, writes a last snapshot. No hook is called
  // afterwards.
  void stop();

  // Validates, stores and publishes a batch as a whole; returns once it is served. `expected`:
  // ABORTED unless that is the running generation. A batch that changes nothing makes no
  // generation.
  absl::StatusOr<ApplyResult> apply(model::ChangeBatch batch,
                                    std::optional<model::ConfigGeneration> expected = std::nullopt);

  // The table that `after` would have, which is the running configuration with `batch` applied;
  // with other localities if they are not null. Nothing is kept. ABORTED if another generation runs
  // by now.
  struct Preview {
    RunningPtr running;
    policy::CompiledTable after;
  };
  absl::StatusOr<Preview> preview(const model::Config& after, const model::ChangeBatch& batch,
                                  model::LocalityMapPtr localities);

  // Takes verdicts in; several that wait are published as one.
  void on_verdict(const health::CheckState& state);

  // Publishes another map of localities; returns once it is served.
  absl::Status set_localities(model::LocalityMapPtr localities);

  // Turns a recovery control on or off; returns once that is stored and served. NOT_FOUND if there
  // is no such check, FAILED_PRECONDITION if it is of another kind, or if
  // it breaks a safety rule and does not break the glass.
  absl::Status set_switch(const std::string& id, bool on, const std::string& reason,
                          bool break_glass);

  // Sets an override, whose number and time it gives it; returns it once that is stored and served.
  // FAILED_PRECONDITION, naming the rule, if it breaks a safety rule and does not break the glass.
  absl::StatusOr<model::Override> set_override(model::Override override);

  // Ends one, as OverrideKeeper::clear() says; returns likewise.
  absl::Status clear_override(const ClearOverride& request);

  // Makes these the safety rules, with an event for the history.
  absl::Status set_safety_rules(
      const std::function<absl::StatusOr<OverrideEvent>(std::vector<SafetyRule>&)>& change);

  // The safety rules, and what each of them counts now.
  std::vector<RuleCount> safety_rules();

  // Takes an answer for an external alias target in; several that wait are published as one.
  void on_external(const std::string& key, model::ExternalAnswerPtr answer);

  // Has `answer` called on the controller's thread as soon as that is done with what it does now,
  // whatever else waits. Not called once the controller stops.
  void ask_thread(std::function<void()> answer);

  // Health that was stored before the start, by check id.
  StoredHealthById known_health() const;

  // Never null after start(). From any thread.
  RunningPtr running() const;

  // Owner names and types whose answers depend on each of the checks.
  using Dependents = std::vector<std::pair<dns::Name, dns::RRType>>;
  std::vector<Dependents> dependents(const std::vector<std::string>& check_ids);

  void collect_metrics(std::vector<metrics::Family>& families) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::control
