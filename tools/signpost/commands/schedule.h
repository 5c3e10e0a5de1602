// Changes that the daemon makes in steps, with TTLs lowered before: scheduling, list, cancel.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "signpost/session.h"

namespace signpost::v1 {
class Schedule;
class ScheduleOptions;
}  // namespace signpost::v1

namespace signpost::cli {

struct PreLowerArguments {
  std::string ttl;  // "30s"; empty: nothing is scheduled
  std::string at;   // of the change; empty: as early as possible
  bool dry_run = false;

  bool is_given() const { return !ttl.empty(); }
};

absl::StatusOr<v1::ScheduleOptions> schedule_options(const PreLowerArguments& arguments);

// Has the daemon keep, and carry out, what the parts of an Apply say.
absl::StatusOr<v1::Schedule> schedule_change(Session& session, const v1::ScheduleOptions& options,
                                             const Client::Parts& parts);

// Which TTLs are lowered from what to what, and when each step comes.
void print_schedule(Session& session, const v1::Schedule& schedule);

absl::StatusOr<int> schedule_list(Session& session, Format format);

struct CancelArguments {
  std::uint64_t number = 0;
  Format format = Format::kTable;
};
absl::StatusOr<int> schedule_cancel(Session& session, const CancelArguments& arguments);

}  // namespace signpost::cli
