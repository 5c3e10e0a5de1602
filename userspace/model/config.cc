#include "model/config.h"

#include <algorithm>

namespace signpost::model {

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

}  // namespace signpost::model
