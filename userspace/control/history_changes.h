// The table of what each batch changed, with contents before and after: what makes batches
// reversible.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/delta.h"
#include "control/group_rows.h"
#include "control/sqlite.h"

namespace signpost::control {

absl::Status create_history_changes(Database& database);

// Adds the rows of one generation; the caller holds the transaction.
class HistoryChangesWriter {
 public:
  static absl::StatusOr<HistoryChangesWriter> begin(Database& database,
                                                    model::ConfigGeneration generation);

  // Before the groups.
  absl::Status add_all_but_groups(const Deltas& deltas);
  absl::Status add_group(const GroupRow& row);

 private:
  explicit HistoryChangesWriter(Statement put) : put_(std::move(put)) {}

  absl::Status write(std::int64_t kind, std::string_view subject,
                     std::optional<std::string_view> before, std::optional<std::string_view> after);

  Statement put_;
  std::int64_t position_ = 0;
};

// The changes of the generations above `from` up to `to`, folded into one step; with `zone` only
// those of its groups. Groups of traffic policies have no sets (targets.h).
absl::StatusOr<Deltas> read_deltas(Database& database, model::ConfigGeneration from,
                                   model::ConfigGeneration to, const dns::Name* zone = nullptr);

}  // namespace signpost::control
