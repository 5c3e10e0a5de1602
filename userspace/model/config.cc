#include "model/config.h"

#include <algorithm>

namespace signpost::model {

bool operator==(const AliasTarget& a, const AliasTarget& b) {
  const bool same_tree = a.tree == b.tree || (a.tree && b.tree && *a.tree == *b.tree);
  return a.zone_apex == b.zone_apex && a.name == b.name && a.external == b.external && same_tree &&
         a.evaluate_target_health == b.evaluate_target_health;
}

std::string traffic_policy_key(const std::string& id, std::uint32_t version) {
  return id + "/" + std::to_string(version);
}

const RecordGroup* OwnerRecords::group(dns::RRType type) const {
  auto at = std::lower_bound(
      groups.begin(), groups.end(), type,
      [](const RecordGroupPtr& group, dns::RRType wanted) { return group->type < wanted; });
  return at != groups.end() && (*at)->type == type ? at->get() : nullptr;
}

const RecordGroup* Zone::group(const dns::Name& owner, dns::RRType type) const {
  const OwnerRecordsPtr* records = owners.find(owner);
  return records == nullptr ? nullptr : (*records)->group(type);
}

ZonePtr Config::zone_of(const dns::Name& name) const {
  for (dns::NameView at(name);; at = at.parent()) {
    if (const ZonePtr* zone = zones.find(at)) return *zone;
    if (at.is_root()) return nullptr;
  }
}

std::vector<std::string> Config::checks_tagged(const TagSelector& selector) const {
  std::vector<std::string> ids;
  health_checks.for_each([&](const std::string& id, const HealthCheckPtr& check) {
    if (selector.matches(check->tags)) ids.push_back(id);
  });
  return ids;
}

ZoneAccessPtr Config::access_of(const dns::Name& apex) const {
  const ZoneAccessPtr* own = zone_access.find(apex.text());
  if (own == nullptr) own = zone_access.find(std::string(kEveryZone));
  return own == nullptr ? nullptr : *own;
}

}  // namespace signpost::model
