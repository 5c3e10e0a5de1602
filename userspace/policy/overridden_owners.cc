#include "policy/overridden_owners.h"

#include <algorithm>

#include "model/active_overrides.h"
#include "policy/inputs.h"
#include "policy/set_override.h"

namespace signpost::policy {

using model::RecordGroup;
using model::RecordSet;

namespace {

using Visit = std::function<void(const RecordSet& set, dns::RRType type)>;

// Every set of the group and of the branches of a traffic policy below it.
void visit_sets(const RecordGroup& group, const Visit& visit, unsigned depth = 0) {
  for (const RecordSet& set : group.sets) {
    visit(set, group.type);
    if (set.alias && set.alias->tree != nullptr && depth < kTreeDepthMax)
      visit_sets(*set.alias->tree, visit, depth + 1);
  }
}

template <typename Owner>
void for_each_owner(const model::Config& config, Owner&& owner) {
  config.zones.for_each([&](const dns::Name&, const model::ZonePtr& zone) {
    zone->owners.for_each([&](const dns::Name& name, const model::OwnerRecordsPtr& records) {
      owner(name, *records);
    });
  });
}

}  // namespace

std::vector<dns::Name> owners_placed_in(const model::Config& config,
                                        const model::Observations& seen,
                                        const std::set<std::uint64_t>& numbers) {
  std::vector<const model::OverrideScope*> scopes;
  for (const model::ActiveOverride& active : seen.overrides->all()) {
    if (numbers.contains(active.override->number)) scopes.push_back(&active.override->scope);
  }
  std::vector<dns::Name> owners;
  for_each_owner(config, [&](const dns::Name& name, const model::OwnerRecords& records) {
    bool found = false;
    for (const model::RecordGroupPtr& group : records.groups) {
      visit_sets(*group, [&](const RecordSet& set, dns::RRType type) {
        found = found || std::any_of(scopes.begin(), scopes.end(),
                                     [&](const auto* scope) { return lies_in(set, type, *scope); });
      });
    }
    if (found) owners.push_back(name);
  });
  return owners;
}

std::set<std::string> checks_in(const model::Config& config, const model::OverrideScope& scope) {
  std::set<std::string> checks;
  if (const auto* check = std::get_if<model::CheckScope>(&scope)) return {check->check_id};
  if (const auto* tags = std::get_if<model::TagScope>(&scope)) {
    const std::vector<std::string> tagged = config.checks_tagged(tags->selector);
    return {tagged.begin(), tagged.end()};
  }
  for_each_owner(config, [&](const dns::Name&, const model::OwnerRecords& records) {
    for (const model::RecordGroupPtr& group : records.groups) {
      visit_sets(*group, [&](const RecordSet& set, dns::RRType type) {
        if (!set.health_check_id.empty() && lies_in(set, type, scope))
          checks.insert(set.health_check_id);
      });
    }
  });
  return checks;
}

}  // namespace signpost::policy
