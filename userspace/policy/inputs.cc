#include "policy/inputs.h"

namespace signpost::policy {

const model::RecordGroup* target_group(const model::Config& config,
                                       const model::AliasTarget& target, dns::RRType type) {
  if (target.tree != nullptr) return target.tree.get();
  if (target.external) return nullptr;
  const model::ZonePtr* zone = config.zones.find(target.zone_apex);
  return zone == nullptr ? nullptr : (*zone)->group(target.name, type);
}

std::string target_words(const model::AliasTarget& target, dns::RRType type) {
  if (target.tree != nullptr) return "a rule of the traffic policy";
  return target.name.text() + " " + dns::to_text(type);
}

}  // namespace signpost::policy
