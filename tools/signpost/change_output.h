// How changes are shown: as a plan, or as done.
#pragma once

#include <chrono>

#include "signpost/session.h"

namespace signpost::v1 {
class ApplyResponse;
class PlanResponse;
}  // namespace signpost::v1

namespace signpost::cli {

// One "+", "~" or "-" line for each of the first `most` changes, with before and after where both
// exist.
void print_changes(Session& session, const v1::PlanResponse& plan, int most);

// The changes, "3 to add, 1 to change, 0 to remove", and the warnings.
void print_plan(Session& session, Format format, const v1::PlanResponse& plan, int most);

// The same of the past: "3 added, 1 changed, 0 removed".
void print_diff(Session& session, Format format, const v1::PlanResponse& diff);

// The exit code of a plan: kDiffers if it holds any change.
int plan_code(const v1::PlanResponse& plan);

// What was done, the generation, the time until it was served, and how long failover takes now.
void print_applied(Session& session, Format format, const v1::ApplyResponse& response,
                   std::chrono::steady_clock::duration elapsed);

// "850 ms", "12.3 s".
std::string duration_text(std::chrono::steady_clock::duration duration);

}  // namespace signpost::cli
