// The tables of state.db and the statements on them.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/delta.h"
#include "control/health_history.h"
#include "control/snapshot_file.h"
#include "control/sqlite.h"
#include "control/store.h"

namespace signpost::control {

// Settings of a connection that commits: WAL, synchronous=FULL, foreign keys.
absl::Status prepare_for_writing(Database& database);

// Makes the tables, an installation id and the history's base row: the empty state, generation 0.
absl::Status create_schema(Database& database);

// Adds the tables that an older version did not have.
absl::Status upgrade_schema(Database& database);

// FAILED_PRECONDITION if a newer version made the tables; DATA_LOSS if they are damaged. Files over
// 64 MiB get the check that leaves out the comparison of indices, for the sake of the start's
// duration.
absl::Status check_integrity(Database& database, const std::string& path);

absl::StatusOr<StoredState> load_state(Database& database);

// One transaction: what Store::commit() promises.
absl::Status write_batch(Database& database, const HistoryEntry& entry, const Deltas& deltas,
                         model::ZoneId last_zone_id, const std::function<bool()>& may_commit);

// Fills new tables with a whole state, with which the history begins. `deltas` adds all of it.
absl::Status write_base(Database& database, const StoredState& state, const Deltas& deltas);

absl::Status write_health(Database& database, const StoredHealthById& verdicts,
                          const std::vector<HealthFlip>& flips);

// Null: removes the row.
absl::Status write_externals(Database& database, const ExternalAnswers& answers);

absl::StatusOr<std::vector<HistoryEntry>> read_history(Database& database,
                                                       model::ConfigGeneration before,
                                                       std::size_t limit);
// The oldest and the newest generation.
absl::StatusOr<std::pair<model::ConfigGeneration, model::ConfigGeneration>> read_history_bounds(
    Database& database);

}  // namespace signpost::control
