// Compiles answer tables and brings them to both paths, by the protocol of design.md section 4.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/fast_path.h"
#include "control/publish_metrics.h"
#include "model/change.h"
#include "model/observations.h"
#include "policy/table_compiler.h"
#include "server/live_table.h"

namespace signpost::control {

// Not thread safe, but for metrics(). After an error the table before keeps serving, on both paths.
class TablePublisher {
 public:
  struct Limits {
    std::uint32_t rings = 0;
    std::uint32_t counters = 0;
  };
  // `fast_path` is null in userspace mode. `counter_released` is told of counters that get another
  // holder.
  TablePublisher(server::LiveTable& live, FastPath* fast_path, Limits limits,
                 std::function<void(std::uint32_t)> counter_released);

  // The first table; `localities` may be null. Call once.
  absl::Status start(const model::Config& config, const model::Observations& seen,
                     model::LocalityMapPtr localities);

  // The table of `config`, which is the last configuration with `batch` applied. `commit` makes the
  // batch durable between staging and activating.
  absl::Status publish_batch(const model::Config& config, const model::Observations& seen,
                             const model::ChangeBatch& batch,
                             const std::function<absl::Status()>& commit);

  // The table after the health of `checks` became what `seen` says.
  absl::Status publish_health(const model::Config& config, const model::Observations& seen,
                              const std::set<std::string>& checks);

  // The table after the answers for the external alias targets `keys` became what `seen` says.
  absl::Status publish_external(const model::Config& config, const model::Observations& seen,
                                const std::set<std::string>& keys);

  // The table after overrides became what `seen` says.
  absl::Status publish_overrides(const model::Config& config, const model::Observations& seen,
                                 const policy::OverrideChange& change);

  // The table with other localities.
  absl::Status publish_localities(const model::Config& config, const model::Observations& seen,
                                  model::LocalityMapPtr localities);

  // policy::TableCompiler::preview_batch().
  policy::CompiledTable preview(const model::Config& config, const model::Observations& seen,
                                const model::ChangeBatch& batch, model::LocalityMapPtr localities) {
    return compiler_.preview_batch(config, seen, batch, std::move(localities));
  }

  // Brings the idle set up to date after a publish; the next one may not begin before.
  void settle();

  // The table that is served.
  const model::AnswerTablePtr& table() const { return compiler_.table(); }

  // "step: what was wrong" of the last publish or settle; empty if it did not fail.
  const std::string& last_error() const { return last_error_; }

  std::vector<std::pair<dns::Name, dns::RRType>> dependents(const std::string& check_id) const {
    return compiler_.dependents(check_id);
  }

  // The external alias targets that answers use, as model::external_key(), sorted.
  std::vector<std::string> externals() const { return compiler_.externals(); }

  PublishMetrics& metrics() { return metrics_; }
  const PublishMetrics& metrics() const { return metrics_; }

 private:
  absl::Status publish(const policy::CompiledTable& compiled,
                       const std::function<absl::Status()>& commit);
  absl::Status failed(PublishStep step, const absl::Status& status);
  void remember_ids();

  server::LiveTable& live_;
  FastPath* const fast_path_;
  const std::function<void(std::uint32_t)> counter_released_;
  policy::IdRegistry ids_;
  policy::TableCompiler compiler_;
  bool settle_needed_ = false;
  std::string last_error_;
  PublishMetrics metrics_;
};

}  // namespace signpost::control
