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
  for (std::size_t labels = name.label_count() + 1; labels-- > 0;) {
    if (const ZonePtr* zone = zones.find(name.suffix(labels))) return *zone;
  }
  return nullptr;
}

}  // namespace signpost::model
