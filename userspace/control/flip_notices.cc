#include "control/flip_notices.h"

#include <map>
#include <utility>

namespace signpost::control {

std::vector<model::NoticeEvent> notices_of(const std::vector<HealthFlip>& flips,
                                           const model::Config& config,
                                           const model::Observations& before) {
  std::map<std::string, model::Health> known;
  std::vector<model::NoticeEvent> events;
  for (const HealthFlip& flip : flips) {
    const model::HealthCheckPtr* check = config.health_checks.find(flip.check_id);
    if (check == nullptr) continue;
    model::Health& health =
        known.try_emplace(flip.check_id, before.of(flip.check_id)).first->second;
    const model::Health was = std::exchange(health, flip.health);
    const bool news = was != model::Health::kUnknown || flip.health == model::Health::kUnhealthy;
    if (!news || was == flip.health) continue;
    events.push_back(model::HealthFlipEvent{flip.check_id, model::target_text((*check)->kind), was,
                                            flip.health, flip.reason, (*check)->tags});
  }
  return events;
}

}  // namespace signpost::control
