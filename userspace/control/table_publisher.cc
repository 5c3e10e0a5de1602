#include "control/table_publisher.h"

#include <string_view>

#include "base/log.h"
#include "base/status.h"

namespace signpost::control {

TablePublisher::TablePublisher(server::LiveTable& live, FastPath* fast_path, Limits limits,
                               std::function<void(std::uint32_t)> counter_released)
    : live_(live),
      fast_path_(fast_path),
      counter_released_(std::move(counter_released)),
      ids_(limits.rings, limits.counters),
      compiler_(ids_) {}

absl::Status TablePublisher::start(const model::Config& config, const model::Observations& seen,
                                   model::LocalityMapPtr localities) {
  if (localities) {
    compiler_.accept(compiler_.compile_localities(model::Config(), seen, std::move(localities)));
  }
  if (fast_path_) ids_.restore(fast_path_->remembered_ids());
  const policy::CompiledTable compiled = compiler_.compile_all(config, seen);
  if (fast_path_) {
    const absl::Status built = fast_path_->rebuild(*compiled.table);
    if (!built.ok()) return failed(PublishStep::kRebuild, built);
  }
  compiler_.accept(compiled);
  ids_.free_unclaimed();
  remember_ids();
  live_.store(compiled.table);
  return absl::OkStatus();
}

absl::Status TablePublisher::publish_batch(const model::Config& config,
                                           const model::Observations& seen,
                                           const model::ChangeBatch& batch,
                                           const std::function<absl::Status()>& commit) {
  return publish(compiler_.compile_batch(config, seen, batch), commit);
}

absl::Status TablePublisher::publish_health(const model::Config& config,
                                            const model::Observations& seen,
                                            const std::set<std::string>& checks) {
  const std::vector<std::string> ids(checks.begin(), checks.end());
  return publish(compiler_.compile_health(config, seen, ids), [] { return absl::OkStatus(); });
}

absl::Status TablePublisher::publish_external(const model::Config& config,
                                              const model::Observations& seen,
                                              const std::set<std::string>& keys) {
  const std::vector<std::string> externals(keys.begin(), keys.end());
  return publish(compiler_.compile_external(config, seen, externals),
                 [] { return absl::OkStatus(); });
}

absl::Status TablePublisher::publish_overrides(const model::Config& config,
                                               const model::Observations& seen,
                                               const policy::OverrideChange& change) {
  return publish(compiler_.compile_overrides(config, seen, change),
                 [] { return absl::OkStatus(); });
}

absl::Status TablePublisher::publish_localities(const model::Config& config,
                                                const model::Observations& seen,
                                                model::LocalityMapPtr localities) {
  return publish(compiler_.compile_localities(config, seen, std::move(localities)),
                 [] { return absl::OkStatus(); });
}

absl::Status TablePublisher::publish(const policy::CompiledTable& compiled,
                                     const std::function<absl::Status()>& commit) {
  if (fast_path_) {
    const absl::Status staged = fast_path_->stage(*compiled.table, compiled.change);
    if (!staged.ok()) return failed(PublishStep::kStage, staged);
  }
  if (const absl::Status committed = commit(); !committed.ok()) {
    // What can't be undone is repaired by the next stage().
    if (fast_path_) fast_path_->abandon().IgnoreError();
    return failed(PublishStep::kCommit, committed);
  }
  compiler_.accept(compiled);
  remember_ids();
  if (fast_path_) {
    const absl::Status active = fast_path_->activate();
    if (!active.ok()) return failed(PublishStep::kActivate, active);
    settle_needed_ = true;
  }
  live_.store(compiled.table);
  last_error_.clear();
  metrics_.count_published();
  return absl::OkStatus();
}

void TablePublisher::settle() {
  if (!settle_needed_) return;
  settle_needed_ = false;
  // The next stage() repairs what this leaves undone.
  if (const absl::Status settled = fast_path_->settle(); !settled.ok()) {
    failed(PublishStep::kSettle, settled).IgnoreError();
  }
}

absl::Status TablePublisher::failed(PublishStep step, const absl::Status& status) {
  metrics_.count_failure(step);
  last_error_ = absl::StrCat(std::string(to_text(step)), ": ", std::string(status.message()));
  static log::RateLimit limit;
  log::warning(limit, "publishing failed; the generation before keeps serving",
               {{"step", to_text(step)}, {"error", std::string(status.message())}});
  return status;
}

void TablePublisher::remember_ids() {
  const policy::IdRegistry::Journal journal = ids_.take_journal();
  if (counter_released_) {
    for (const auto& [holder, id] : journal.released) {
      if (holder.kind == policy::IdHolder::Kind::kCounter) counter_released_(id);
    }
  }
  if (fast_path_ == nullptr) return;
  // Forgetting an id costs the continuity of a count, not an answer.
  if (const absl::Status kept = fast_path_->remember_ids(journal); !kept.ok()) {
    log::warning("counters may begin anew at the next start",
                 {{"error", std::string(kept.message())}});
  }
}

}  // namespace signpost::control
