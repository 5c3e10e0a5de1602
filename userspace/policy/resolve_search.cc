// What lies on any way that answers can take: types at the ends of CNAMEs, groups that ask for the
// client.
#include "dns/svcb.h"
#include "policy/resolve.h"
#include "policy/selector.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;
using model::RecordGroup;
using model::RecordSet;

std::set<RRType> Resolver::types_at_chain_ends(const Name& name) {
  start_ = name;
  std::set<Name> visited;
  std::set<RRType> types;
  collect_types(name, visited, types);
  return types;
}

void Resolver::collect_types(const Name& name, std::set<Name>& visited, std::set<RRType>& types) {
  if (visited.size() > kChainMax || !visited.insert(name).second) return;
  names_followed_.insert(name);
  const Location at = locate(nodes_, name);
  // DS has an answer where every other type has a referral, or is another zone's.
  if (at.node != nullptr && (at.node->is_zone_cut || at.node->is_apex)) types.insert(RRType::kDs);
  if (at.encloser == nullptr || at.encloser->is_zone_cut) return;
  if (at.node == nullptr && at.encloser->dname_target) {
    const auto target = name.with_suffix_replaced(at.encloser_name, *at.encloser->dname_target);
    if (target.ok()) collect_types_at(target->folded(), visited, types);
    return;
  }
  if (at.node == nullptr && at.wildcard == nullptr) return;
  const Name owner = at.node != nullptr ? name : at.encloser_name.with_prefix("*").value();
  const model::ZonePtr zone = config_.zone_of(owner);
  const model::OwnerRecordsPtr* records = zone->owners.find(owner);
  if (records == nullptr) return;
  const RecordGroup* cname = (*records)->group(RRType::kCname);
  if (cname == nullptr) {
    for (const model::RecordGroupPtr& group : (*records)->groups) types.insert(group->type);
    return;
  }
  collect_types(*cname, visited, types, 0);
}

void Resolver::collect_types_at(const Name& target, std::set<Name>& visited,
                                std::set<RRType>& types) {
  if (const std::optional<Name> name = follow(target)) collect_types(*name, visited, types);
}

void Resolver::collect_types(const RecordGroup& cname, std::set<Name>& visited,
                             std::set<RRType>& types, unsigned depth) {
  for (const RecordSet& set : cname.sets) {
    if (!set.alias) {
      collect_types_at(Name::from_wire(set.rdata.front()).value_or(Name()).folded(), visited,
                       types);
      continue;
    }
    if (!set.alias->external && set.alias->tree == nullptr) names_followed_.insert(set.alias->name);
    const RecordGroup* below = target_group(config_, *set.alias, RRType::kCname);
    if (below != nullptr && depth < kTreeDepthMax) collect_types(*below, visited, types, depth + 1);
  }
}

struct Resolver::GroupSearch {
  RRType type{};
  std::set<Name> names;  // visited
  std::set<const RecordGroup*> visited;
  std::vector<const RecordGroup*> found;
};

std::vector<const RecordGroup*> Resolver::groups_on_any_way(const Name& name, RRType type) {
  start_ = name;
  GroupSearch search;
  search.type = type;
  collect_groups(name, search);
  return std::move(search.found);
}

std::vector<const RecordGroup*> Resolver::groups_asking_for_client(const Name& name, RRType type) {
  std::vector<const RecordGroup*> groups = groups_on_any_way(name, type);
  std::erase_if(groups, [](const RecordGroup* group) { return !asks_for_client(*group); });
  return groups;
}

void Resolver::collect_groups(const Name& name, GroupSearch& search) {
  if (search.names.size() > kChainMax || !search.names.insert(name).second) return;
  const Location at = locate(nodes_, name);
  if (at.encloser == nullptr || (at.encloser->is_zone_cut && search.type != RRType::kDs)) return;
  if (at.node == nullptr && at.encloser->dname_target) {
    const auto target = name.with_suffix_replaced(at.encloser_name, *at.encloser->dname_target);
    if (target.ok()) collect_groups_at(target->folded(), search);
    return;
  }
  if (at.node == nullptr && at.wildcard == nullptr) return;
  if (const RecordGroup* group = group_at(name, at, search.type))
    collect_groups(name, *group, search);
}

void Resolver::collect_groups_at(const Name& target, GroupSearch& search) {
  if (const std::optional<Name> name = follow(target)) collect_groups(*name, search);
}

void Resolver::collect_groups(const Name& name, const RecordGroup& group, GroupSearch& search) {
  if (!search.visited.insert(&group).second) return;
  search.found.push_back(&group);
  for (const RecordSet& set : group.sets) {
    if (set.alias) {
      const RecordGroup* below = target_group(config_, *set.alias, group.type);
      const bool same_name = set.alias->tree != nullptr;
      if (below != nullptr) collect_groups(same_name ? name : set.alias->name, *below, search);
    } else if (group.type == RRType::kCname && search.type != RRType::kCname) {
      collect_groups_at(Name::from_wire(set.rdata.front()).value_or(Name()).folded(), search);
    } else if (dns::is_service_binding(group.type)) {
      for (const HintedPool& pool : hinted_pools(name, set)) {
        GroupSearch addresses;
        addresses.type = pool.type;
        collect_groups_at(pool.name, addresses);
        for (const RecordGroup* below : addresses.found) {
          if (search.visited.insert(below).second) search.found.push_back(below);
        }
      }
    }
  }
}

}  // namespace signpost::policy
