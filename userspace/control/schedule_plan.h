// Which TTLs a change needs lowered before it, and what steps that makes of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/planned_change.h"
#include "control/running.h"
#include "control/schedule.h"

namespace signpost::control {

// From the change, made with lowered TTLs, to the TTLs of the files, beyond the lowered TTL: all
// clients have the new answers by then, and there is this time to see them go wrong while going
// back is as quick.
inline constexpr std::chrono::seconds kRestoreMargin{300};

// The steps of `change`, which is against `running`, with TTLs lowered to `ttl` seconds: of the
// record groups whose answers it changes, and of what they lead to as aliases. Validates each step
// on what the one before leaves. FAILED_PRECONDITION if no TTL is above `ttl`.
absl::StatusOr<Schedule> plan_schedule(const Running& running, const PlannedChange& change,
                                       std::uint32_t ttl);

// Says when steps come: the change at `change_at`, or the first step now. INVALID_ARGUMENT if that
// is too early for the first step.
absl::Status plan_times(std::chrono::system_clock::time_point now,
                        std::optional<std::chrono::system_clock::time_point> change_at,
                        v1::Schedule& out);

// The same for the steps from `index` on, of which the first comes at `due`.
void set_due(int index, std::chrono::system_clock::time_point due, v1::Schedule& out);

}  // namespace signpost::control
