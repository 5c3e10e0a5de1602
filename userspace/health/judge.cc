#include "health/judge.h"

#include <algorithm>

namespace signpost::health {

using model::Health;

Thresholds thresholds_of(const model::HealthCheck& check) {
  return {.rise = std::max(check.rise.value_or(check.failure_threshold), 1u),
          .fall = std::max(check.fall.value_or(check.failure_threshold), 1u),
          .confirmed = check.confirm_after.count() > 0};
}

Judge::Judge(const Thresholds& thresholds, Health status)
    : thresholds_(thresholds), status_(status) {}

std::uint32_t Judge::threshold() const {
  return last_success_ ? thresholds_.rise : thresholds_.fall;
}

bool Judge::awaits_confirmation() const {
  return thresholds_.confirmed && disagreeing_ == threshold();
}

void Judge::observe(bool success) {
  const Health seen = success ? Health::kHealthy : Health::kUnhealthy;
  if (seen == status_) {
    disagreeing_ = 0;
    return;
  }
  // A check without a status disagrees with either.
  if (success != last_success_) disagreeing_ = 0;
  last_success_ = success;
  ++disagreeing_;
  const bool first_success = success && status_ == Health::kUnknown;
  const std::uint32_t needed = threshold() + (thresholds_.confirmed ? 1 : 0);
  if (!first_success && disagreeing_ < needed) return;
  status_ = seen;
  disagreeing_ = 0;
}

}  // namespace signpost::health
