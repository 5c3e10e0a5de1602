// The table of what each batch changed, with contents before and after: what makes batches
// reversible.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/delta.h"
#include "control/sqlite.h"

namespace signpost::control {

absl::Status create_history_changes(Database& database);

// Adds rows; the caller holds the transaction.
absl::Status write_history_changes(Database& database, model::ConfigGeneration generation,
                                   const Deltas& deltas);

// The changes of the generations above `from` up to `to`, folded into one step.
absl::StatusOr<Deltas> read_deltas(Database& database, model::ConfigGeneration from,
                                   model::ConfigGeneration to);

}  // namespace signpost::control
