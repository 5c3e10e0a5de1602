#include "policy/record_rules_references.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace signpost::policy {

using dns::Name;
using model::Config;
using model::GroupKey;
using model::GroupKeys;
using model::RecordGroup;
using model::RecordSet;
using model::References;

namespace {

constexpr std::size_t kNamedMax = 3;

// Adds what groups name to an index, or takes it away.
class Indexer {
 public:
  Indexer(References& index, bool add) : index_(index), add_(add) {}

  void index(const GroupKey& key, const RecordGroup& group) {
    if (group.instance) {
      change(index_.traffic_policies,
             model::traffic_policy_key(group.instance->policy, group.instance->version), key);
    }
    trees_.clear();
    index_sets(key, group);
  }

 private:
  void index_sets(const GroupKey& key, const RecordGroup& group) {
    for (const RecordSet& set : group.sets) {
      if (!set.health_check_id.empty())
        change(index_.health_checks, set.health_check_id.str(), key);
      if (set.alias) index_alias(key, group, *set.alias);
      if (const auto* blocks = std::get_if<model::IpBased>(&set.policy)) {
        change(index_.cidr_collections, (*blocks)->collection, key);
      } else if (const auto* latency = std::get_if<model::Latency>(&set.policy)) {
        change(index_.regions, (*latency)->region, key);
      } else if (const auto* site = std::get_if<model::Geoproximity>(&set.policy)) {
        if (!(*site)->region.empty()) change(index_.regions, (*site)->region, key);
      }
    }
  }

  void index_alias(const GroupKey& key, const RecordGroup& group,
                   const model::AliasTarget& target) {
    if (target.tree != nullptr) {
      // Several rules may lead to one.
      if (trees_.insert(target.tree.get()).second) index_sets(key, *target.tree);
    } else if (!target.external) {
      change(index_.aliases, GroupKey{target.zone_apex, target.name, group.type}, key);
    }
  }

  template <typename Key>
  void change(model::PersistentMap<Key, GroupKeys>& map, const Key& named, const GroupKey& by) {
    const GroupKeys* const found = map.find(named);
    GroupKeys keys = found == nullptr ? GroupKeys() : *found;
    // The map's own share would make every change copy parts of the set.
    if (found != nullptr) map.set(named, {});
    if (add_) {
      keys.set(by, {});
    } else {
      keys.erase(by);
    }
    if (keys.empty()) {
      map.erase(named);
    } else {
      map.set(named, std::move(keys));
    }
  }

  References& index_;
  const bool add_;
  std::set<const RecordGroup*> trees_;
};

bool names_anything(const RecordGroup& group) {
  return group.instance ||
         std::any_of(group.sets.begin(), group.sets.end(), [](const RecordSet& set) {
           return set.alias || !set.health_check_id.empty() ||
                  std::holds_alternative<model::IpBased>(set.policy) ||
                  std::holds_alternative<model::Latency>(set.policy) ||
                  std::holds_alternative<model::Geoproximity>(set.policy);
         });
}

// Brings the index from `before` to `after` for one group. It may come twice.
void update_group(const GroupKey& key, const RecordGroup* before, const RecordGroup* after,
                  References& index) {
  if (before == after) return;
  if (before != nullptr && names_anything(*before)) Indexer(index, false).index(key, *before);
  if (after != nullptr && names_anything(*after)) Indexer(index, true).index(key, *after);
}

template <typename Visit>
void for_each_group(const model::Zone& zone, const Visit& visit) {
  zone.owners.for_each([&](const Name& owner, const model::OwnerRecordsPtr& records) {
    for (const model::RecordGroupPtr& group : records->groups)
      visit(GroupKey{zone.apex, owner, group->type}, *group);
  });
}

}  // namespace

std::shared_ptr<const References> references_of(const Config& config) {
  if (config.references != nullptr) return config.references;
  auto index = std::make_shared<References>();
  config.zones.for_each([&](const Name&, const model::ZonePtr& zone) {
    for_each_group(*zone, [&](const GroupKey& key, const RecordGroup& group) {
      if (names_anything(group)) Indexer(*index, true).index(key, group);
    });
  });
  return index;
}

void update_references(const Config& before, const model::ChangeBatch& batch, Config& after) {
  auto index = std::make_shared<References>(*references_of(before));
  const auto update = [&](const GroupKey& key) {
    update_group(key, find_group(before, key), find_group(after, key), *index);
  };
  for (const model::Change& change : batch.changes) {
    if (const auto* put = std::get_if<model::PutGroup>(&change)) {
      // Most of a large batch names nothing: no key is made for it.
      const model::ZonePtr* zone = before.zones.find(put->zone_apex);
      const RecordGroup* old =
          zone == nullptr ? nullptr : (*zone)->group(put->owner, put->group->type);
      if (names_anything(*put->group) || (old != nullptr && names_anything(*old)))
        update({put->zone_apex, put->owner, put->group->type});
    } else if (const auto* removal = std::get_if<model::DeleteGroup>(&change)) {
      update({removal->zone_apex, removal->owner, removal->type});
    } else if (const auto* zone = std::get_if<model::DeleteZone>(&change)) {
      if (const model::ZonePtr* held = before.zones.find(zone->apex))
        for_each_group(**held, [&](const GroupKey& key, const RecordGroup&) { update(key); });
    }
  }
  after.references = std::move(index);
}

const RecordGroup* find_group(const Config& config, const GroupKey& key) {
  const model::ZonePtr* zone = config.zones.find(key.zone_apex);
  return zone == nullptr ? nullptr : (*zone)->group(key.owner, key.type);
}

std::string words_of(const GroupKey& key) {
  return absl::StrCat(key.owner.text(), ", type ", dns::to_text(key.type));
}

std::string words_of(const GroupKeys& keys) {
  std::vector<std::string> names;
  keys.for_each([&](const GroupKey& key, model::Present) { names.push_back(words_of(key)); });
  const std::size_t shown = std::min(names.size(), kNamedMax);
  std::partial_sort(names.begin(), names.begin() + shown, names.end());
  const std::size_t others = names.size() - shown;
  names.resize(shown);
  return absl::StrCat(absl::StrJoin(names, "; "),
                      others == 0 ? "" : absl::StrCat("; and ", others, " others"));
}

}  // namespace signpost::policy
