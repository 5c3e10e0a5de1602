// What a change batch really changed: contents before and after, the unit of history.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "model/change.h"
#include "model/config.h"

namespace signpost::control {

// Null: absent. Never both null, never equal.
struct ZoneDelta {
  dns::Name apex;
  model::ZonePtr before;  // settings and id; owners are not used
  model::ZonePtr after;
};
struct GroupDelta {
  dns::Name zone_apex;
  dns::Name owner;
  dns::RRType type{};
  model::RecordGroupPtr before;
  model::RecordGroupPtr after;
};
// What is kept by a key of its own.
template <typename Value>
struct KeyedDelta {
  std::string key;
  std::shared_ptr<const Value> before;
  std::shared_ptr<const Value> after;
};
using HealthCheckDelta = KeyedDelta<model::HealthCheck>;        // by id
using CidrCollectionDelta = KeyedDelta<model::CidrCollection>;  // by id
using PlaceOverrideDelta = KeyedDelta<model::PlaceOverride>;    // by Prefix::text()
using RegionDelta = KeyedDelta<model::Coordinates>;             // by name
using TrafficPolicyDelta = KeyedDelta<model::TrafficPolicy>;    // by traffic_policy_key()
using NoticeReceiverDelta = KeyedDelta<model::NoticeReceiver>;  // by id
using GuardDelta = KeyedDelta<model::Guard>;                    // by interface
using TsigKeyDelta = KeyedDelta<model::TsigKey>;                // by name
using ZoneAccessDelta = KeyedDelta<model::ZoneAccess>;          // by ZoneAccess::key()
using ViewDelta = KeyedDelta<model::View>;                      // by name
using ForwardRuleDelta = KeyedDelta<model::ForwardRule>;        // by name
using SecondaryZoneDelta = KeyedDelta<model::SecondaryZone>;    // by SecondaryZone::key()

// Each subject at most once.
struct Deltas {
  std::vector<ZoneDelta> zones;
  std::vector<GroupDelta> groups;
  std::vector<HealthCheckDelta> health_checks;
  std::vector<CidrCollectionDelta> cidr_collections;
  std::vector<PlaceOverrideDelta> place_overrides;
  std::vector<RegionDelta> regions;
  std::vector<TrafficPolicyDelta> traffic_policies;
  std::vector<NoticeReceiverDelta> notice_receivers;
  std::vector<GuardDelta> guards;
  std::vector<TsigKeyDelta> tsig_keys;
  std::vector<ZoneAccessDelta> zone_access;
  std::vector<ViewDelta> views;
  std::vector<ForwardRuleDelta> forward_rules;
  std::vector<SecondaryZoneDelta> secondary_zones;

  bool empty() const;
  // Whether it changes what localities are made of.
  bool moves_clients() const { return !cidr_collections.empty() || !place_overrides.empty(); }
};

// Calls visit(list) for the list of each kind of KeyedDelta.
template <typename Lists, typename Visit>
void for_each_keyed(Lists&& deltas, Visit&& visit) {
  visit(deltas.health_checks);
  visit(deltas.cidr_collections);
  visit(deltas.place_overrides);
  visit(deltas.regions);
  visit(deltas.traffic_policies);
  visit(deltas.notice_receivers);
  visit(deltas.guards);
  visit(deltas.tsig_keys);
  visit(deltas.zone_access);
  visit(deltas.views);
  visit(deltas.forward_rules);
  visit(deltas.secondary_zones);
}

// What differs between `before` and `after`, which is `before` with `batch` applied. Grows with the
// batch; the deletion of a zone lists all its groups.
Deltas deltas_of(const model::Config& before, const model::Config& after,
                 const model::ChangeBatch& batch);

// The batch that makes what `deltas` describe: what record sets refer to before they come, and
// after they go.
model::ChangeBatch batch_of(Deltas deltas);

// Whether the batch may change what localities are made of.
bool moves_clients(const model::ChangeBatch& batch);

// The group of (owner, type) in the zone, or null.
model::RecordGroupPtr find_group(const model::Zone* zone, const dns::Name& owner, dns::RRType type);

// Counted as people list them: zones, record sets, health checks and so on. SOA record sets that
// differ in the serial alone are not counted: the server moves it.
struct ChangeCounts {
  std::uint32_t added = 0;
  std::uint32_t changed = 0;
  std::uint32_t removed = 0;
  std::uint32_t record_sets_removed = 0;  // of `removed`
};
ChangeCounts count(const Deltas& deltas);

// Record sets as the operator wrote them: an instance of a traffic policy is one.
inline std::size_t visible_sets(const model::RecordGroup& group) {
  return group.instance ? 1 : group.sets.size();
}

// Calls visit(before, after) for each visible record set that differs between two groups, either of
// which may be null; the arguments are indices, or kNoSet.
inline constexpr std::size_t kNoSet = static_cast<std::size_t>(-1);
template <typename Visit>
void for_each_set_change(const model::RecordGroup* before, const model::RecordGroup* after,
                         Visit&& visit) {
  static const std::string kNone;
  const auto identifier = [](const model::RecordGroup& group, std::size_t set) -> const auto& {
    return group.instance ? kNone : group.sets[set].set_identifier.str();
  };
  const auto same = [&](std::size_t b, std::size_t a) {
    if (before->ring_mode != after->ring_mode || before->fail_mode != after->fail_mode ||
        !(before->instance == after->instance)) {
      return false;
    }
    return before->instance || before->sets[b] == after->sets[a];
  };
  const std::size_t before_count = before == nullptr ? 0 : visible_sets(*before);
  const std::size_t after_count = after == nullptr ? 0 : visible_sets(*after);
  std::size_t b = 0;
  std::size_t a = 0;
  while (b < before_count || a < after_count) {
    const int order = b == before_count  ? 1
                      : a == after_count ? -1
                                         : identifier(*before, b).compare(identifier(*after, a));
    if (order < 0) {
      visit(b++, kNoSet);
    } else if (order > 0) {
      visit(kNoSet, a++);
    } else {
      if (!same(b, a)) visit(b, a);
      ++b;
      ++a;
    }
  }
}

}  // namespace signpost::control
