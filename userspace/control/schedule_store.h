// Schedules in state.db.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/schedule.h"
#include "control/sqlite.h"

namespace signpost::control {

absl::Status create_schedules(Database& database);

// Ascending by number. A damaged row is left out, and logged: answers do not wait for it.
absl::StatusOr<std::vector<Schedule>> load_schedules(Database& database);

// One transaction: creates or replaces the one, and removes those of the numbers.
absl::Status write_schedule(Database& database, const Schedule& schedule,
                            const std::vector<std::uint64_t>& forgotten);

}  // namespace signpost::control
