#include "health/judge.h"

#include <algorithm>

namespace signpost::health {

using model::Health;

namespace {

Health negated(Health health) {
  switch (health) {
    case Health::kHealthy:
      return Health::kUnhealthy;
    case Health::kUnhealthy:
      return Health::kHealthy;
    case Health::kUnknown:
      break;
  }
  return Health::kUnknown;
}

}  // namespace

Judge::Judge(std::uint32_t failure_threshold, Health status)
    : threshold_(std::max<std::uint32_t>(failure_threshold, 1)), status_(status) {}

void Judge::observe(bool success) {
  const Health seen = success ? Health::kHealthy : Health::kUnhealthy;
  if (seen == status_) {
    disagreeing_ = 0;
    return;
  }
  ++disagreeing_;
  const bool first_success = success && status_ == Health::kUnknown;
  if (!first_success && disagreeing_ < threshold_) return;
  status_ = seen;
  disagreeing_ = 0;
}

Health published_health(const model::HealthCheck& check, Health status) {
  if (check.disabled) status = Health::kHealthy;
  if (!check.inverted) return status;
  return status == Health::kUnknown ? Health::kUnhealthy : negated(status);
}

Health status_behind(const model::HealthCheck& check, Health published) {
  return check.inverted ? negated(published) : published;
}

}  // namespace signpost::health
