// The history of the health of checks in state.db.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/sqlite.h"
#include "model/observations.h"

namespace signpost::control {

// A change of the health of a check.
struct HealthFlip {
  std::int64_t number = 0;  // in the order of storing; of one that is not stored 0
  std::string check_id;
  std::chrono::system_clock::time_point time;
  model::Health health = model::Health::kUnknown;  // from then on
  std::string reason;                              // the result that made it so
};

// How many are kept.
inline constexpr std::int64_t kHealthFlipsMax = 10'000;

absl::Status create_health_history(Database& database);

// Adds flips and forgets the oldest beyond kHealthFlipsMax. To be called within a transaction.
absl::Status add_health_flips(Database& database, const std::vector<HealthFlip>& flips);

// Newest first, of one check or (empty) of all, from the newest below `before` (0: from the
// newest), at most `limit`.
absl::StatusOr<std::vector<HealthFlip>> read_health_flips(Database& database,
                                                          const std::string& check_id,
                                                          std::int64_t before, std::size_t limit);

}  // namespace signpost::control
