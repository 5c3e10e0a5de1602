// The last good snapshot: all that a start needs, in one file, for when state.db can't be read.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/override_store.h"
#include "model/config.h"
#include "model/observations.h"

namespace signpost::control {

// The last verdict about a check, and when it came.
struct StoredHealth {
  model::Health health = model::Health::kUnknown;  // kHealthy or kUnhealthy
  std::optional<std::chrono::system_clock::time_point> since;
};
using StoredHealthById = std::map<std::string, StoredHealth>;

// The last answers to external alias targets, by model::external_key().
using ExternalAnswers = std::map<std::string, model::ExternalAnswerPtr>;

// What the store holds, without its history.
struct StoredState {
  model::Config config;
  model::ZoneId last_zone_id = 0;  // the highest ever given
  StoredHealthById health;
  ExternalAnswers externals;
  OverrideState overrides;
  std::string installation_id;
};

// Replaces the file: writes beside it, syncs and renames, so that a crash leaves the old or the new
// one whole.
absl::Status write_snapshot(const std::string& path, const StoredState& state);

// NOT_FOUND if there is none; DATA_LOSS if any octet of it is not as written.
absl::StatusOr<StoredState> read_snapshot(const std::string& path);

}  // namespace signpost::control
