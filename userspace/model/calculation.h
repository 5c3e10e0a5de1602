// How the status of a check becomes its health, and what calculated checks make of their children.
// Pure.
#pragma once

#include <functional>
#include <string>

#include "model/config.h"
#include "model/observations.h"

namespace signpost::model {

// The health of a check whose results say `status` (route53 section 2.2): a disabled check is
// healthy, and inversion comes last. An inverted check without a status is unhealthy, as in
// Route 53.
Health published_health(const HealthCheck& check, Health status);

// The status that makes `published` the health of `check`: the way back for stored health.
Health status_behind(const HealthCheck& check, Health published);

struct Calculation {
  Health status = Health::kUnknown;  // before the inversion of the check itself
  std::string text;                  // "Failure: 1 of 3 children healthy, 2 needed"
};

// kUnknown as long as children without a verdict could decide either way (they count as healthy
// then, as every check without one does).
Calculation calculate(const CalculatedCheck& check,
                      const std::function<Health(const std::string&)>& health_of);

// Makes the health of all calculated checks in `seen` what it follows from that of the others.
void recalculate(const Config& config, Observations& seen);

}  // namespace signpost::model
