#include "policy/set_health.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "policy/selector.h"
#include "policy/set_override.h"

namespace signpost::policy {

using dns::RRType;
using model::ExternalAnswerPtr;
using model::Health;
using model::RecordGroup;
using model::RecordSet;

namespace {

bool check_is_healthy(const RecordSet& set, const Inputs& inputs) {
  return set.health_check_id.empty() || inputs.seen.of(set.health_check_id) != Health::kUnhealthy;
}

bool evaluates_target(const RecordSet& set) {
  return set.alias && set.alias->evaluate_target_health;
}

bool external_is_healthy(const RecordSet& set, RRType type, const Inputs& inputs) {
  const ExternalAnswerPtr* known =
      inputs.seen.external.find(model::external_key(set.alias->name, type));
  return known != nullptr && !(*known)->rdata.empty();
}

// Whether an override says that the set is up or down; nothing: its check and target decide.
std::optional<bool> forced(const RecordSet& set, RRType type, const Inputs& inputs) {
  const model::ActiveOverride* active = override_on(set, type, inputs.seen);
  if (active == nullptr || (!active->is_up() && !active->is_down())) return std::nullopt;
  return active->is_up();
}

bool healthy(const RecordSet& set, RRType type, const Inputs& inputs, unsigned depth) {
  if (const std::optional<bool> said = forced(set, type, inputs)) return *said;
  if (!check_is_healthy(set, inputs)) return false;
  if (!evaluates_target(set) || depth > kTreeDepthMax) return true;
  if (set.alias->external) return external_is_healthy(set, type, inputs);
  const RecordGroup* group = target_group(inputs.config, *set.alias, type);
  if (group == nullptr) return false;
  const std::vector<std::uint16_t> sets = Selector(*group, inputs.config).order(inputs.client);
  return std::any_of(sets.begin(), sets.end(), [&](std::uint16_t index) {
    const RecordSet& below = group->sets[index];
    return !below.last_resort && healthy(below, type, inputs, depth + 1);
  });
}

// Whether healthy() looks at the client.
bool depends_on_client(const RecordSet& set, RRType type, const Inputs& inputs, unsigned depth) {
  if (forced(set, type, inputs)) return false;
  if (!check_is_healthy(set, inputs) || !evaluates_target(set) || depth > kTreeDepthMax)
    return false;
  const RecordGroup* group = target_group(inputs.config, *set.alias, type);
  if (group == nullptr) return false;
  return asks_for_client(*group) ||
         std::any_of(group->sets.begin(), group->sets.end(), [&](const RecordSet& below) {
           return depends_on_client(below, type, inputs, depth + 1);
         });
}

bool awaits(const RecordGroup& group, const Inputs& inputs, unsigned depth) {
  return std::any_of(group.sets.begin(), group.sets.end(), [&](const RecordSet& set) {
    if (forced(set, group.type, inputs)) return false;
    if (!set.health_check_id.empty() && inputs.seen.of(set.health_check_id) == Health::kUnknown)
      return true;
    if (!evaluates_target(set) || depth > kTreeDepthMax) return false;
    const RecordGroup* below = target_group(inputs.config, *set.alias, group.type);
    return below != nullptr && awaits(*below, inputs, depth + 1);
  });
}

std::string check_words(const RecordSet& set, const Inputs& inputs) {
  switch (inputs.seen.of(set.health_check_id)) {
    case Health::kHealthy:
      return absl::StrCat("healthy by check ", set.health_check_id.str());
    case Health::kUnhealthy:
      return absl::StrCat("unhealthy by check ", set.health_check_id.str());
    case Health::kUnknown:
      return absl::StrCat("counts as healthy: check ", set.health_check_id.str(),
                          " has no verdict yet");
  }
  return "";
}

std::string unforced_words(const RecordSet& set, RRType type, const Inputs& inputs) {
  if (!set.health_check_id.empty() && (!check_is_healthy(set, inputs) || !evaluates_target(set)))
    return check_words(set, inputs);
  if (evaluates_target(set)) {
    const bool well = healthy(set, type, inputs, 0);
    return absl::StrCat(well ? "healthy: its target, " : "unhealthy: its target, ",
                        target_words(*set.alias, type),
                        well ? ", has a healthy record" : ", has no healthy record");
  }
  return set.alias ? "healthy: its target's health is not evaluated"
                   : "healthy: it has no health check";
}

}  // namespace

bool is_healthy(const RecordSet& set, RRType type, const Inputs& inputs) {
  return healthy(set, type, inputs, 0);
}

std::string health_words(const RecordSet& set, RRType type, const Inputs& inputs) {
  const model::ActiveOverride* active = override_on(set, type, inputs.seen);
  if (active == nullptr) return unforced_words(set, type, inputs);
  const std::string said = model::override_words(*active->override, active->weight_percent);
  return forced(set, type, inputs) ? said
                                   : absl::StrCat(said, "; ", unforced_words(set, type, inputs));
}

std::optional<bool> health_for_all(const RecordSet& set, RRType type, const Inputs& inputs) {
  if (depends_on_client(set, type, inputs, 0)) return std::nullopt;
  return is_healthy(set, type, inputs);
}

bool awaits_verdict(const RecordGroup& group, const Inputs& inputs) {
  return inputs.seen.awaiting_first_verdicts && awaits(group, inputs, 0);
}

}  // namespace signpost::policy
