// Overrides, safety rules and their history in state.db.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/sqlite.h"
#include "model/notice.h"
#include "model/override.h"

namespace signpost::v1 {
class SnapshotChunk_Overrides;
}

namespace signpost::control {

// "At least n of these checks stay on."
struct SafetyRule {
  std::string name;
  std::uint32_t at_least = 0;
  std::vector<std::string> check_ids;
  std::string selector;  // of tags, in place of ids
};

struct OverrideState {
  std::uint64_t last_number = 0;
  std::vector<model::OverridePtr> overrides;  // ascending by number
  std::vector<SafetyRule> rules;              // ascending by name
};

// Something that became of an override or a safety rule.
struct OverrideEvent {
  std::int64_t number = 0;  // in the order of storing; of one that is not stored 0
  std::chrono::system_clock::time_point time;
  model::OverrideChangeEvent change;
};

// How many are kept.
inline constexpr std::int64_t kOverrideEventsMax = 10'000;

// The form of a snapshot.
void to_stored(const OverrideState& state, v1::SnapshotChunk_Overrides& out);
absl::StatusOr<OverrideState> from_stored(const v1::SnapshotChunk_Overrides& stored);

absl::Status create_overrides(Database& database);

absl::StatusOr<OverrideState> load_overrides(Database& database);

// One transaction: replaces the state and adds the events.
absl::Status write_overrides(Database& database, const OverrideState& state,
                             const std::vector<OverrideEvent>& events);

// Newest first, from the newest below `before` (0: from the newest), at most `limit`.
absl::StatusOr<std::vector<OverrideEvent>> read_override_events(Database& database,
                                                                std::int64_t before,
                                                                std::size_t limit);

}  // namespace signpost::control
