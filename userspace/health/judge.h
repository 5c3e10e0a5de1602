// How the results of one check become its health. Pure.
#pragma once

#include <cstdint>

#include "model/config.h"
#include "model/observations.h"

namespace signpost::health {

// Counts results. `failure_threshold` equal results in a row flip the status, either way (route53
// section 2.2). The first success of a check without a status makes it healthy at once: it already
// counts as healthy, and whoever waits for first verdicts waits no longer than needed.
class Judge {
 public:
  explicit Judge(std::uint32_t failure_threshold, model::Health status = model::Health::kUnknown);

  void observe(bool success);

  // Before inversion.
  model::Health status() const { return status_; }

 private:
  std::uint32_t threshold_;
  model::Health status_;
  std::uint32_t disagreeing_ = 0;  // results in a row that speak against status_
};

// The health of a check whose results say `status` (route53 section 2.2): a disabled check is
// healthy, and inversion comes last. An inverted check without a status is unhealthy, as in
// Route 53.
model::Health published_health(const model::HealthCheck& check, model::Health status);

// The status that makes `published` the health of `check`: the way back for stored health.
model::Health status_behind(const model::HealthCheck& check, model::Health published);

}  // namespace signpost::health
