// Commands that tell what clients would get: plan, and simulate.
#pragma once

#include <string>
#include <vector>

#include "signpost/commands/change.h"
#include "signpost/commands/schedule.h"
#include "signpost/session.h"

namespace signpost::cli {

struct PlanArguments {
  ApplyArguments changes;
  std::string demand;                   // a CSV file; empty: as the daemon weighs clients
  bool failures = false;                // also what failures would do
  std::vector<std::string> capacities;  // "ENDPOINT=QUERIES"
  PreLowerArguments pre_lower;

  // Whether more is asked for than what always comes with a plan.
  bool asks_for_impact() const { return failures || !demand.empty() || !capacities.empty(); }
};

// Shows what apply would do, and who would get another answer. kDiffers if it would do anything. A
// daemon that can't tell of answers is warned of, unless they were asked for. With pre_lower it
// goes on to schedule the change, which makes it kDone.
absl::StatusOr<int> plan(Session& session, const PlanArguments& arguments);

struct SimulateArguments {
  std::string queries;             // a capture or a query log; "-": a log on standard input
  std::vector<std::string> files;  // the configuration; none: the running one
  std::vector<std::string> down;   // health checks
  Format format = Format::kTable;
};

// Shows the shares of the answers that queries would get.
absl::StatusOr<int> simulate(Session& session, const SimulateArguments& arguments);

}  // namespace signpost::cli
