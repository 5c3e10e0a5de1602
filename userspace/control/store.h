// The state folder: the configuration and its history in SQLite, the last good snapshot beside it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/delta.h"
#include "control/health_history.h"
#include "control/override_store.h"
#include "control/snapshot_file.h"
#include "model/config.h"
#include "model/notice.h"
#include "notices/receiver_state.h"

namespace signpost::control {

struct Schedule;  // control/schedule.h

struct HistoryEntry {
  model::ConfigGeneration generation = 0;
  std::chrono::system_clock::time_point time;
  std::string author;
  std::string comment;
  ChangeCounts counts;
};

struct StoreOptions {
  // Changes that can be undone; the history forgets older ones. 0: all.
  std::uint64_t history_kept = 10'000;
};

// One writer (commit), any number of readers; every method may be called from any thread.
class Store {
 public:
  // Takes the folder for this process, creating it if need be, and opens what is in it. A damaged
  // state.db is moved aside as state.db.corrupt-TIME and the last good snapshot takes its place. A
  // folder that can't be written to gives a read-only store. Errors, one sentence each:
  // FAILED_PRECONDITION if another process has the folder or the files are of a newer version,
  // DATA_LOSS if state.db is damaged and there is no snapshot, UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<Store>> open(const std::string& folder,
                                                     StoreOptions options = {});
  ~Store();

  // Why changes are refused; empty if they are not.
  const std::string& read_only_reason() const;

  const std::string& installation_id() const;

  // The configuration that open() found, until take_state().
  const model::Config& config() const;

  // What open() found. Call once.
  StoredState take_state();

  // Makes `deltas` and their row in the history durable, as one transaction. Once it returns OK
  // they survive any crash. `may_commit` is asked when all is written; if it says no, nothing
  // changes and the result is CANCELLED.
  absl::Status commit(
      const HistoryEntry& entry, const Deltas& deltas, model::ZoneId last_zone_id,
      const std::function<bool()>& may_commit = [] { return true; });

  // Remembers verdicts and flips. They survive a crash of the process, and may be lost in one of
  // the system, unless `durability` says so.
  enum class Durability { kProcess, kSystem };
  absl::Status save_health(const StoredHealthById& verdicts, const std::vector<HealthFlip>& flips,
                           Durability durability = Durability::kProcess);

  // read_health_flips().
  absl::StatusOr<std::vector<HealthFlip>> health_history(const std::string& check_id,
                                                         std::int64_t before, std::size_t limit);

  // Overrides and safety rules. Changes of them survive any crash once save_overrides() returns OK.
  absl::StatusOr<OverrideState> overrides();
  absl::Status save_overrides(const OverrideState& state, const std::vector<OverrideEvent>& events);
  // read_override_events().
  absl::StatusOr<std::vector<OverrideEvent>> override_history(std::int64_t before,
                                                              std::size_t limit);

  // Schedules (schedule_store.h); changes of them survive any crash, too.
  absl::StatusOr<std::vector<Schedule>> schedules();
  absl::Status save_schedule(const Schedule& schedule, const std::vector<std::uint64_t>& forgotten);

  // Remembers answers to external alias targets, as save_health() does; null: forgets it.
  absl::Status save_externals(const ExternalAnswers& answers);

  // Remembers notices and how far receivers have been told, as save_health() does (notice_spool.h).
  absl::Status save_notices(const std::vector<model::NoticePtr>& notices);
  absl::Status save_progress(const notices::ReceiverProgress& progress);
  // What is remembered; nothing if it can't be read.
  std::vector<model::NoticePtr> notices();
  notices::ReceiverProgress progress();

  // When a primary last confirmed what is held of a zone that is copied, as save_health()
  // (secondary_contacts.h). What can't be read is not known.
  absl::Status save_contact(const dns::Name& apex, std::int64_t time);
  absl::Status forget_contact(const dns::Name& apex);
  std::map<dns::Name, std::int64_t> contacts();

  // Newest first, from the newest below `before` (0: from the newest), at most `limit`.
  absl::StatusOr<std::vector<HistoryEntry>> history(model::ConfigGeneration before,
                                                    std::size_t limit);

  // The generation before the oldest row of the history, and the newest one.
  struct Range {
    model::ConfigGeneration first = 0;
    model::ConfigGeneration last = 0;
  };
  absl::StatusOr<Range> history_range();

  // What differs between two generations of the history, `from` < `to`: NOT_FOUND if one is outside
  // history_range().
  absl::StatusOr<Deltas> deltas_between(model::ConfigGeneration from, model::ConfigGeneration to);

  // read_zone_changes().
  absl::StatusOr<Deltas> zone_changes(const dns::Name& apex, std::uint32_t serial,
                                      model::ConfigGeneration to);

  // Replaces snapshot.bin.
  absl::Status save_snapshot(const StoredState& state);

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::control
