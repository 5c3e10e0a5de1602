#include "policy/secondary_rules.h"

#include <algorithm>
#include <set>

namespace signpost::policy {
namespace {

using dns::Name;

// Zones and secondary zones that a batch puts or deletes.
struct ApexVisitor {
  std::set<Name>& apexes;
  void operator()(const model::PutZone& put) const { apexes.insert(put.zone.apex); }
  void operator()(const model::DeleteZone& removal) const { apexes.insert(removal.apex); }
  void operator()(const model::PutSecondaryZone& put) const { apexes.insert(put.secondary->zone); }
  void operator()(const model::DeleteSecondaryZone& removal) const {
    if (const auto apex = Name::parse(removal.key); apex.ok()) apexes.insert(*apex);
  }
  template <typename Other>
  void operator()(const Other&) const {}
};

void check_zone(const model::Config& after, const Name& apex, Problems& problems) {
  const bool is_secondary = after.secondary_zones.find(apex.text()) != nullptr;
  const model::ZonePtr* zone = after.zones.find(apex);
  const bool is_copied = zone != nullptr && (*zone)->manager == model::ZoneManager::kPrimaries;
  if (is_secondary && !is_copied)
    problems.add("zone ", apex.text(),
                 " is among secondary_zones, but not copied from its primaries; take it out of "
                 "secondary_zones (apply with --prune), or take it over by --adopt");
  if (is_copied && !is_secondary)
    problems.add("zone ", apex.text(),
                 " is copied from its primaries, but not among secondary_zones; add it there");
}

void check_keys(const model::Config& after, Problems& problems) {
  after.secondary_zones.for_each(
      [&](const std::string& key, const model::SecondaryZonePtr& secondary) {
        for (const model::Primary& primary : secondary->primaries) {
          if (!primary.key || after.tsig_keys.find(primary.key->text()) != nullptr) continue;
          problems.add("secondary zone ", key, ": there is no TSIG key ", primary.key->text(),
                       "; define it under tsig_keys");
        }
      });
}

bool touches_keys(const model::Change& change) {
  return std::holds_alternative<model::PutSecondaryZone>(change) ||
         std::holds_alternative<model::DeleteTsigKey>(change);
}

}  // namespace

void check_secondaries(const model::Config& after, const model::ChangeBatch& batch,
                       Problems& problems) {
  if (std::any_of(batch.changes.begin(), batch.changes.end(), touches_keys))
    check_keys(after, problems);
  std::set<Name> apexes;
  for (const model::Change& change : batch.changes) std::visit(ApexVisitor{apexes}, change);
  for (const Name& apex : apexes) check_zone(after, apex, problems);
}

}  // namespace signpost::policy
