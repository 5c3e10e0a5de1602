// What is measured: the health of each check at an instant.
#pragma once

#include <string>

#include "model/persistent_map.h"

namespace signpost::model {

enum class Health {
  kHealthy,
  kUnhealthy,
  // No verdict yet. Counts as healthy (route53 section 2.2), once
  // Observations::awaiting_first_verdicts is over.
  kUnknown,
};

struct Observations {
  PersistentMap<std::string, Health> health;  // by check id, inversion applied; absent: kUnknown
  // From start without stored health until the first verdicts or the end of the configured wait:
  // names whose answer depends on a check of unknown health get SERVFAIL (design.md section 7).
  bool awaiting_first_verdicts = false;

  Health of(const std::string& check_id) const {
    const Health* known = health.find(check_id);
    return known == nullptr ? Health::kUnknown : *known;
  }
};

}  // namespace signpost::model
