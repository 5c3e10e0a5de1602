// How the results of one check become its health. Pure.
#pragma once

#include <cstdint>

#include "model/config.h"
#include "model/observations.h"

namespace signpost::health {

// So many results in a row flip a status.
struct Thresholds {
  std::uint32_t rise = 3;  // successes that make it healthy
  std::uint32_t fall = 3;  // failures that make it unhealthy
  bool confirmed = false;  // and one more, which confirms them
  friend bool operator==(const Thresholds&, const Thresholds&) = default;
};
Thresholds thresholds_of(const model::HealthCheck& check);

// Counts results. Results in a row flip the status, either way (route53 section 2.2). The first
// success of a check without a status makes it healthy at once: it already counts as healthy, and
// whoever waits for first verdicts waits no longer than needed.
class Judge {
 public:
  explicit Judge(const Thresholds& thresholds, model::Health status = model::Health::kUnknown);

  void observe(bool success);

  // Before inversion.
  model::Health status() const { return status_; }

  // Only the confirmation is missing for the status to flip.
  bool awaits_confirmation() const;

 private:
  std::uint32_t threshold() const;  // of the results that speak against status_

  Thresholds thresholds_;
  model::Health status_;
  bool last_success_ = false;
  std::uint32_t disagreeing_ = 0;  // results in a row that speak against status_
};

}  // namespace signpost::health
