#include "model/calculation.h"

#include <vector>

namespace signpost::model {

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

Health published_health(const HealthCheck& check, Health status) {
  if (check.disabled) status = Health::kHealthy;
  if (!check.inverted) return status;
  return status == Health::kUnknown ? Health::kUnhealthy : negated(status);
}

Health status_behind(const HealthCheck& check, Health published) {
  return check.inverted ? negated(published) : published;
}

Calculation calculate(const CalculatedCheck& check,
                      const std::function<Health(const std::string&)>& health_of) {
  std::size_t healthy = 0;
  std::size_t unknown = 0;
  std::string failing;
  for (const std::string& child : check.children) {
    const Health health = health_of(child);
    healthy += health == Health::kHealthy ? 1 : 0;
    unknown += health == Health::kUnknown ? 1 : 0;
    if (health == Health::kUnhealthy) failing += (failing.empty() ? "; unhealthy: " : ", ") + child;
  }
  const std::string seen = std::to_string(healthy) + " of " +
                           std::to_string(check.children.size()) + " children healthy, " +
                           std::to_string(check.health_threshold) + " needed" + failing;
  if (healthy >= check.health_threshold) return {Health::kHealthy, "Success: " + seen};
  if (healthy + unknown >= check.health_threshold) return {Health::kUnknown, seen};
  return {Health::kUnhealthy, "Failure: " + seen};
}

// Each round settles at least those checks whose children are settled; there are no cycles.
void recalculate(const Config& config, Observations& seen) {
  std::vector<const HealthCheck*> calculated;
  config.health_checks.for_each([&](const std::string&, const HealthCheckPtr& check) {
    if (std::holds_alternative<CalculatedCheck>(check->kind)) calculated.push_back(check.get());
  });
  for (std::size_t round = 0; round < calculated.size(); ++round) {
    bool changed = false;
    for (const HealthCheck* check : calculated) {
      const Health status =
          calculate(std::get<CalculatedCheck>(check->kind), [&](const std::string& child) {
            return seen.of(child);
          }).status;
      const Health health = published_health(*check, status);
      if (health == seen.of(check->id)) continue;
      seen.health.set(check->id, health);
      changed = true;
    }
    if (!changed) return;
  }
}

}  // namespace signpost::model
