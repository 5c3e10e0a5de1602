#include "control/delta.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "control/soa_serial.h"

namespace signpost::control {
namespace {

bool same_settings(const model::Zone& a, const model::Zone& b) {
  return a.id == b.id && a.manager == b.manager && a.comment == b.comment && a.tags == b.tags;
}

model::ZonePtr zone_at(const model::Config& config, const dns::Name& apex) {
  const model::ZonePtr* zone = config.zones.find(apex);
  return zone == nullptr ? nullptr : *zone;
}

template <typename Value>
std::shared_ptr<const Value> value_at(
    const model::PersistentMap<std::string, std::shared_ptr<const Value>>& values,
    const std::string& key) {
  const std::shared_ptr<const Value>* value = values.find(key);
  return value == nullptr ? nullptr : *value;
}

std::shared_ptr<const model::Coordinates> value_at(
    const model::PersistentMap<std::string, model::Coordinates>& values, const std::string& key) {
  const model::Coordinates* value = values.find(key);
  return value == nullptr ? nullptr : std::make_shared<const model::Coordinates>(*value);
}

template <typename T>
bool equal(const std::shared_ptr<const T>& a, const std::shared_ptr<const T>& b) {
  return a == b || (a && b && *a == *b);
}

class Collector {
 public:
  Collector(const model::Config& before, const model::Config& after, std::size_t changes)
      : before_(before), after_(after) {
    deltas_.groups.reserve(changes);
    groups_seen_.reserve(changes);
  }

  void operator()(const model::PutZone& change) { zone(change.zone.apex); }
  void operator()(const model::DeleteZone& change) {
    zone(change.apex);
    const model::ZonePtr old = zone_at(before_, change.apex);
    if (old == nullptr) return;
    old->owners.for_each([&](const dns::Name& owner, const model::OwnerRecordsPtr& records) {
      for (const model::RecordGroupPtr& held : records->groups) {
        group(change.apex, owner, held->type);
      }
    });
  }
  void operator()(const model::PutGroup& change) {
    group(change.zone_apex, change.owner, change.group->type);
  }
  void operator()(const model::DeleteGroup& change) {
    group(change.zone_apex, change.owner, change.type);
  }
  void operator()(const model::PutHealthCheck& change) { check(change.check->id); }
  void operator()(const model::DeleteHealthCheck& change) { check(change.id); }
  void operator()(const model::PutCidrCollection& change) { collection(change.collection->id); }
  void operator()(const model::DeleteCidrCollection& change) { collection(change.id); }
  void operator()(const model::PutPlaceOverride& change) { place(change.place->prefix); }
  void operator()(const model::DeletePlaceOverride& change) { place(change.prefix); }
  void operator()(const model::PutRegion& change) { region(change.name); }
  void operator()(const model::DeleteRegion& change) { region(change.name); }
  void operator()(const model::PutTrafficPolicy& change) {
    traffic_policy(change.policy->id, change.policy->version);
  }
  void operator()(const model::DeleteTrafficPolicy& change) {
    traffic_policy(change.id, change.version);
  }
  void operator()(const model::PutNoticeReceiver& change) { receiver(change.receiver->id); }
  void operator()(const model::DeleteNoticeReceiver& change) { receiver(change.id); }
  void operator()(const model::PutGuard& change) { guard(change.guard->interface); }
  void operator()(const model::DeleteGuard& change) { guard(change.interface); }
  void operator()(const model::PutTsigKey& change) { tsig_key(change.key->name.text()); }
  void operator()(const model::DeleteTsigKey& change) { tsig_key(change.name); }
  void operator()(const model::PutZoneAccess& change) { access(change.access->key()); }
  void operator()(const model::DeleteZoneAccess& change) { access(change.key); }
  void operator()(const model::PutView& change) { view(change.view->name()); }
  void operator()(const model::DeleteView& change) { view(change.name); }
  void operator()(const model::PutForwardRule& change) { forward_rule(change.rule->name); }
  void operator()(const model::DeleteForwardRule& change) { forward_rule(change.name); }
  void operator()(const model::PutSecondaryZone& change) { secondary(change.secondary->key()); }
  void operator()(const model::DeleteSecondaryZone& change) { secondary(change.key); }

  Deltas take() { return std::move(deltas_); }

 private:
  void zone(const dns::Name& apex) {
    if (!zones_seen_.insert(apex).second) return;
    ZoneDelta delta{apex, zone_at(before_, apex), zone_at(after_, apex)};
    const bool same = delta.before && delta.after ? same_settings(*delta.before, *delta.after)
                                                  : delta.before == delta.after;
    if (!same) deltas_.zones.push_back(std::move(delta));
  }

  void group(const dns::Name& apex, const dns::Name& owner, dns::RRType type) {
    if (!groups_seen_.insert({&apex, &owner, type}).second) return;
    if (apex_ == nullptr || !(*apex_ == apex)) {
      zone_before_ = zone_at(before_, apex);
      zone_after_ = zone_at(after_, apex);
    }
    apex_ = &apex;
    GroupDelta delta{apex, owner, type, find_group(zone_before_.get(), owner, type),
                     find_group(zone_after_.get(), owner, type)};
    if (!equal(delta.before, delta.after)) deltas_.groups.push_back(std::move(delta));
  }

  using Keys = absl::flat_hash_set<std::string>;

  template <typename Values, typename Value>
  void keyed(const std::string& key, Values model::Config::*values, Keys& seen,
             std::vector<KeyedDelta<Value>>& out) {
    if (!seen.insert(key).second) return;
    KeyedDelta<Value> delta{key, value_at(before_.*values, key), value_at(after_.*values, key)};
    if (!equal(delta.before, delta.after)) out.push_back(std::move(delta));
  }

  void check(const std::string& id) {
    keyed(id, &model::Config::health_checks, checks_seen_, deltas_.health_checks);
  }
  void collection(const std::string& id) {
    keyed(id, &model::Config::cidr_collections, collections_seen_, deltas_.cidr_collections);
  }
  void place(const model::Prefix& prefix) {
    keyed(prefix.text(), &model::Config::place_overrides, places_seen_, deltas_.place_overrides);
  }
  void region(const std::string& name) {
    keyed(name, &model::Config::regions, regions_seen_, deltas_.regions);
  }
  void traffic_policy(const std::string& id, std::uint32_t version) {
    keyed(model::traffic_policy_key(id, version), &model::Config::traffic_policies, policies_seen_,
          deltas_.traffic_policies);
  }

  void receiver(const std::string& id) {
    keyed(id, &model::Config::notice_receivers, receivers_seen_, deltas_.notice_receivers);
  }

  void guard(const std::string& interface) {
    keyed(interface, &model::Config::guards, guards_seen_, deltas_.guards);
  }

  void tsig_key(const std::string& name) {
    keyed(name, &model::Config::tsig_keys, tsig_keys_seen_, deltas_.tsig_keys);
  }

  void access(const std::string& key) {
    keyed(key, &model::Config::zone_access, access_seen_, deltas_.zone_access);
  }

  void view(const std::string& name) {
    keyed(name, &model::Config::views, views_seen_, deltas_.views);
  }

  void forward_rule(const std::string& name) {
    keyed(name, &model::Config::forward_rules, forward_rules_seen_, deltas_.forward_rules);
  }

  void secondary(const std::string& key) {
    keyed(key, &model::Config::secondary_zones, secondaries_seen_, deltas_.secondary_zones);
  }

  // The names belong to the batch or the configuration before.
  struct Subject {
    friend bool operator==(const Subject& a, const Subject& b) {
      return a.type == b.type && *a.owner == *b.owner && *a.apex == *b.apex;
    }
    template <typename H>
    friend H AbslHashValue(H state, const Subject& subject) {
      return H::combine(std::move(state), *subject.owner, subject.type);
    }

    const dns::Name* apex;
    const dns::Name* owner;
    dns::RRType type;
  };

  const model::Config& before_;
  const model::Config& after_;
  Deltas deltas_;
  const dns::Name* apex_ = nullptr;  // of the last group: those of one zone come in a row
  model::ZonePtr zone_before_;
  model::ZonePtr zone_after_;
  absl::flat_hash_set<dns::Name> zones_seen_;
  absl::flat_hash_set<Subject> groups_seen_;
  Keys checks_seen_;
  Keys collections_seen_;
  Keys places_seen_;
  Keys regions_seen_;
  Keys policies_seen_;
  Keys receivers_seen_;
  Keys guards_seen_;
  Keys tsig_keys_seen_;
  Keys access_seen_;
  Keys views_seen_;
  Keys forward_rules_seen_;
  Keys secondaries_seen_;
};

model::Change put(const HealthCheckDelta& delta) { return model::PutHealthCheck{delta.after}; }
model::Change put(const CidrCollectionDelta& delta) {
  return model::PutCidrCollection{delta.after};
}
model::Change put(const PlaceOverrideDelta& delta) { return model::PutPlaceOverride{delta.after}; }
model::Change put(const RegionDelta& delta) { return model::PutRegion{delta.key, *delta.after}; }
model::Change put(const TrafficPolicyDelta& delta) { return model::PutTrafficPolicy{delta.after}; }
model::Change put(const NoticeReceiverDelta& delta) {
  return model::PutNoticeReceiver{delta.after};
}
model::Change put(const GuardDelta& delta) { return model::PutGuard{delta.after}; }
model::Change put(const TsigKeyDelta& delta) { return model::PutTsigKey{delta.after}; }
model::Change put(const ZoneAccessDelta& delta) { return model::PutZoneAccess{delta.after}; }
model::Change put(const ViewDelta& delta) { return model::PutView{delta.after}; }
model::Change put(const ForwardRuleDelta& delta) { return model::PutForwardRule{delta.after}; }
model::Change put(const SecondaryZoneDelta& delta) { return model::PutSecondaryZone{delta.after}; }

model::Change removal(const HealthCheckDelta& delta) { return model::DeleteHealthCheck{delta.key}; }
model::Change removal(const CidrCollectionDelta& delta) {
  return model::DeleteCidrCollection{delta.key};
}
model::Change removal(const PlaceOverrideDelta& delta) {
  return model::DeletePlaceOverride{delta.before->prefix};
}
model::Change removal(const RegionDelta& delta) { return model::DeleteRegion{delta.key}; }
model::Change removal(const TrafficPolicyDelta& delta) {
  return model::DeleteTrafficPolicy{delta.before->id, delta.before->version};
}

model::Change removal(const NoticeReceiverDelta& delta) {
  return model::DeleteNoticeReceiver{delta.key};
}
model::Change removal(const GuardDelta& delta) { return model::DeleteGuard{delta.key}; }
model::Change removal(const TsigKeyDelta& delta) { return model::DeleteTsigKey{delta.key}; }
model::Change removal(const ZoneAccessDelta& delta) { return model::DeleteZoneAccess{delta.key}; }
model::Change removal(const ViewDelta& delta) { return model::DeleteView{delta.key}; }
model::Change removal(const ForwardRuleDelta& delta) { return model::DeleteForwardRule{delta.key}; }
model::Change removal(const SecondaryZoneDelta& delta) {
  return model::DeleteSecondaryZone{delta.key};
}

void count_one(bool before, bool after, ChangeCounts& counts) {
  if (!before) {
    ++counts.added;
  } else if (after) {
    ++counts.changed;
  } else {
    ++counts.removed;
  }
}

}  // namespace

model::RecordGroupPtr find_group(const model::Zone* zone, const dns::Name& owner,
                                 dns::RRType type) {
  const model::OwnerRecordsPtr* records = zone ? zone->owners.find(owner) : nullptr;
  if (records == nullptr) return nullptr;
  const auto& groups = (*records)->groups;
  const auto at = std::lower_bound(
      groups.begin(), groups.end(), type,
      [](const model::RecordGroupPtr& group, dns::RRType wanted) { return group->type < wanted; });
  return at != groups.end() && (*at)->type == type ? *at : nullptr;
}

Deltas deltas_of(const model::Config& before, const model::Config& after,
                 const model::ChangeBatch& batch) {
  Collector collector(before, after, batch.changes.size());
  for (const model::Change& change : batch.changes) std::visit(collector, change);
  return collector.take();
}

bool Deltas::empty() const {
  bool none = zones.empty() && groups.empty();
  for_each_keyed(*this, [&](const auto& list) { none = none && list.empty(); });
  return none;
}

model::ChangeBatch batch_of(Deltas deltas) {
  model::ChangeBatch batch;
  std::size_t count = deltas.zones.size() + deltas.groups.size();
  for_each_keyed(deltas, [&](const auto& list) { count += list.size(); });
  batch.changes.reserve(count);
  for_each_keyed(deltas, [&](const auto& list) {
    for (const auto& delta : list) {
      if (delta.after) batch.changes.push_back(put(delta));
    }
  });
  absl::flat_hash_set<dns::Name> deleted;
  for (const ZoneDelta& delta : deltas.zones) {
    if (!delta.after) {
      deleted.insert(delta.apex);
      batch.changes.emplace_back(model::DeleteZone{delta.apex});
      continue;
    }
    model::Zone settings = *delta.after;
    settings.owners = {};
    batch.changes.emplace_back(model::PutZone{std::move(settings)});
  }
  for (GroupDelta& delta : deltas.groups) {
    if (!deleted.empty() && deleted.contains(delta.zone_apex)) continue;
    if (delta.after) {
      batch.changes.emplace_back(model::PutGroup{std::move(delta.zone_apex), std::move(delta.owner),
                                                 std::move(delta.after)});
    } else {
      batch.changes.emplace_back(
          model::DeleteGroup{std::move(delta.zone_apex), std::move(delta.owner), delta.type});
    }
  }
  for_each_keyed(deltas, [&](const auto& list) {
    for (const auto& delta : list) {
      if (!delta.after) batch.changes.push_back(removal(delta));
    }
  });
  return batch;
}

bool moves_clients(const model::ChangeBatch& batch) {
  return std::any_of(batch.changes.begin(), batch.changes.end(), [](const model::Change& change) {
    return std::holds_alternative<model::PutCidrCollection>(change) ||
           std::holds_alternative<model::DeleteCidrCollection>(change) ||
           std::holds_alternative<model::PutPlaceOverride>(change) ||
           std::holds_alternative<model::DeletePlaceOverride>(change);
  });
}

ChangeCounts count(const Deltas& deltas) {
  ChangeCounts counts;
  for (const ZoneDelta& delta : deltas.zones) {
    count_one(delta.before != nullptr, delta.after != nullptr, counts);
  }
  for (const GroupDelta& delta : deltas.groups) {
    if (delta.before && delta.after && same_but_serial(*delta.before, *delta.after)) continue;
    for_each_set_change(delta.before.get(), delta.after.get(), [&](std::size_t b, std::size_t a) {
      count_one(b != kNoSet, a != kNoSet, counts);
      if (a == kNoSet) ++counts.record_sets_removed;
    });
  }
  for_each_keyed(deltas, [&](const auto& list) {
    for (const auto& delta : list) {
      count_one(delta.before != nullptr, delta.after != nullptr, counts);
    }
  });
  return counts;
}

}  // namespace signpost::control
