#include "control/desired_diff.h"

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/status.h"
#include "control/soa_serial.h"
#include "control/targets.h"
#include "control/zone_manager.h"

namespace signpost::control {
namespace {

constexpr std::uint64_t kGuardedFrom = 10;  // record sets
constexpr std::uint64_t kRemovalsMaxPercent = 30;

// Whether the group that runs is what is asked for. A serial that does not move the zone's is not
// looked at.
bool is_as_desired(const model::RecordGroup& running, const model::RecordGroup& desired) {
  if (running == desired) return true;
  if (running.type != dns::RRType::kSoa || !same_but_serial(running, desired)) return false;
  const std::optional<std::uint32_t> present = serial_of(running);
  const std::optional<std::uint32_t> wanted = serial_of(desired);
  return present && wanted && !moves_to(*present, *wanted);
}

class Differ {
 public:
  Differ(const model::Config& running, const DesiredState& desired, const ApplyRules& rules)
      : running_(running),
        rules_(rules),
        policies_([this](const std::string& key) { return find_policy(key); }) {
    for (const DesiredZone& zone : desired.zones) named_.insert(zone.apex);
    for (const model::TrafficPolicyPtr& policy : desired.traffic_policies) {
      named_policies_[model::traffic_policy_key(policy->id, policy->version)] = policy;
    }
  }

  absl::Status add(const DesiredState& desired) {
    reserve(desired);
    for (const DesiredZone& zone : desired.zones) RETURN_IF_ERROR(add_zone(zone));
    for (const model::SecondaryZonePtr& secondary : desired.secondary_zones)
      RETURN_IF_ERROR(add_secondary(*secondary));
    add_values(desired);
    drop_zones_of_secondaries();
    if (rules_.prune) prune_zones(desired);
    return absl::OkStatus();
  }

  Deltas take() { return std::move(deltas_); }

 private:
  // Makes room for all groups, which may all be new.
  void reserve(const DesiredState& desired) {
    std::size_t groups = 0;
    for (const DesiredZone& zone : desired.zones) groups += zone.groups.size();
    deltas_.groups.reserve(groups);
  }

  absl::Status add_zone(const DesiredZone& desired) {
    const model::ZonePtr* found = running_.zones.find(desired.apex);
    const model::ZonePtr before = found ? *found : nullptr;
    auto after = std::make_shared<model::Zone>();
    after->apex = desired.apex;
    after->comment = desired.comment;
    after->tags = desired.tags;
    after->manager = rules_.manage_by_api ? model::ZoneManager::kApi : model::ZoneManager::kFiles;
    if (before) {
      after->id = before->id;
      RETURN_IF_ERROR(check_manager(*before, after->manager));
    }
    if (!before || before->manager != after->manager || before->comment != after->comment ||
        before->tags != after->tags) {
      deltas_.zones.push_back({desired.apex, before, after});
    }
    RETURN_IF_ERROR(put_groups(desired, before.get()));
    if (before) drop_groups(*before, &desired);
    return absl::OkStatus();
  }

  void add_values(const DesiredState& desired) {
    add_values(desired.health_checks, running_.health_checks, deltas_.health_checks,
               [](const model::HealthCheck& check) { return check.id; });
    add_values(desired.cidr_collections, running_.cidr_collections, deltas_.cidr_collections,
               [](const model::CidrCollection& collection) { return collection.id; });
    add_values(desired.place_overrides, running_.place_overrides, deltas_.place_overrides,
               [](const model::PlaceOverride& place) { return place.prefix.text(); });
    add_values(desired.traffic_policies, running_.traffic_policies, deltas_.traffic_policies,
               [](const model::TrafficPolicy& policy) {
                 return model::traffic_policy_key(policy.id, policy.version);
               });
    add_values(desired.notice_receivers, running_.notice_receivers, deltas_.notice_receivers,
               [](const model::NoticeReceiver& receiver) { return receiver.id; });
    add_values(desired.guards, running_.guards, deltas_.guards,
               [](const model::Guard& guard) { return guard.interface; });
    add_values(desired.tsig_keys, running_.tsig_keys, deltas_.tsig_keys,
               [](const model::TsigKey& key) { return key.name.text(); });
    add_values(desired.zone_access, running_.zone_access, deltas_.zone_access,
               [](const model::ZoneAccess& access) { return access.key(); });
    add_values(desired.views, running_.views, deltas_.views,
               [](const model::View& view) { return view.name(); });
    add_values(desired.forward_rules, running_.forward_rules, deltas_.forward_rules,
               [](const model::ForwardRule& rule) { return rule.name; });
    add_values(desired.secondary_zones, running_.secondary_zones, deltas_.secondary_zones,
               [](const model::SecondaryZone& secondary) { return secondary.key(); });
    add_regions(desired);
  }

  void prune_zones(const DesiredState& desired) {
    for (const model::SecondaryZonePtr& secondary : desired.secondary_zones)
      named_.insert(secondary->zone);
    running_.zones.for_each([&](const dns::Name& apex, const model::ZonePtr& zone) {
      if (named_.contains(apex) || zone->manager != model::ZoneManager::kFiles) return;
      deltas_.zones.push_back({apex, zone, nullptr});
      drop_groups(*zone, nullptr);
    });
  }

  absl::Status check_manager(const model::Zone& before, model::ZoneManager after) const {
    if (rules_.adopt || before.manager == after) return absl::OkStatus();
    return failed_precondition("zone ", before.apex.text(), " is managed by ",
                               words_of(before.manager), "; use --adopt to take it over");
  }

  // The zone of a secondary zone has no records until a transfer brings them.
  absl::Status add_secondary(const model::SecondaryZone& desired) {
    const model::ZonePtr* found = running_.zones.find(desired.zone);
    const model::ZonePtr before = found ? *found : nullptr;
    if (named_.contains(desired.zone))
      return invalid_argument("zone ", desired.zone.text(),
                              " is among zones and among secondary_zones; take it out of one");
    if (before && before->manager == model::ZoneManager::kPrimaries) return absl::OkStatus();
    if (before) RETURN_IF_ERROR(check_manager(*before, model::ZoneManager::kPrimaries));
    auto after = std::make_shared<model::Zone>();
    after->apex = desired.zone;
    after->manager = model::ZoneManager::kPrimaries;
    if (before) {
      after->id = before->id;
      drop_groups(*before, nullptr);
    }
    deltas_.zones.push_back({desired.zone, before, after});
    return absl::OkStatus();
  }

  // The zone goes with the secondary zone, unless it is managed otherwise from now on.
  void drop_zones_of_secondaries() {
    for (const SecondaryZoneDelta& delta : deltas_.secondary_zones) {
      if (delta.after || named_.contains(delta.before->zone)) continue;
      const model::ZonePtr* zone = running_.zones.find(delta.before->zone);
      if (zone == nullptr) continue;
      deltas_.zones.push_back({delta.before->zone, *zone, nullptr});
      drop_groups(**zone, nullptr);
    }
  }

  // What differs in values with keys; those that are not desired go with `prune`.
  template <typename Value, typename KeyOf>
  void add_values(const std::vector<std::shared_ptr<const Value>>& desired,
                  const model::PersistentMap<std::string, std::shared_ptr<const Value>>& running,
                  std::vector<KeyedDelta<Value>>& out, KeyOf&& key_of) {
    absl::flat_hash_set<std::string> named;
    for (const std::shared_ptr<const Value>& wanted : desired) {
      const std::string key = key_of(*wanted);
      named.insert(key);
      const std::shared_ptr<const Value>* before = running.find(key);
      if (before && **before == *wanted) continue;
      out.push_back({key, before ? *before : nullptr, wanted});
    }
    if (!rules_.prune) return;
    running.for_each([&](const std::string& key, const std::shared_ptr<const Value>& value) {
      if (!named.contains(key)) out.push_back({key, value, nullptr});
    });
  }

  void add_regions(const DesiredState& desired) {
    const auto shared = [](const model::Coordinates& coordinates) {
      return std::make_shared<const model::Coordinates>(coordinates);
    };
    absl::flat_hash_set<std::string> named;
    for (const auto& [name, coordinates] : desired.regions) {
      named.insert(name);
      const model::Coordinates* before = running_.regions.find(name);
      if (before && *before == coordinates) continue;
      deltas_.regions.push_back({name, before ? shared(*before) : nullptr, shared(coordinates)});
    }
    if (!rules_.prune) return;
    running_.regions.for_each([&](const std::string& name, const model::Coordinates& coordinates) {
      if (!named.contains(name)) deltas_.regions.push_back({name, shared(coordinates), nullptr});
    });
  }

  model::TrafficPolicyPtr find_policy(const std::string& key) const {
    if (const auto named = named_policies_.find(key); named != named_policies_.end()) {
      return named->second;
    }
    const model::TrafficPolicyPtr* running = running_.traffic_policies.find(key);
    return running == nullptr ? nullptr : *running;
  }

  bool holds(const dns::Name& apex) const {
    return named_.contains(apex) || running_.zones.find(apex) != nullptr;
  }

  // The group with its alias targets and its traffic policy.
  absl::StatusOr<model::RecordGroupPtr> complete(const DesiredGroups::Entry& wanted) {
    absl::StatusOr<model::RecordGroupPtr> expanded = policies_.expand(wanted.group);
    if (!expanded.ok()) {
      return annotate(expanded.status(), absl::StrCat("RRSet with DNS name ", wanted.owner.text(),
                                                      ", type ", dns::to_text(wanted.type)));
    }
    if (wanted.group->instance) return expanded;
    return find_targets(*expanded, [this](const dns::Name& apex) { return holds(apex); });
  }

  absl::Status put_groups(const DesiredZone& desired, const model::Zone* before) {
    for (const DesiredGroups::Entry& wanted : desired.groups) {
      model::RecordGroupPtr old = find_group(before, wanted.owner, wanted.type);
      ASSIGN_OR_RETURN(model::RecordGroupPtr group, complete(wanted));
      if (old && is_as_desired(*old, *group)) continue;
      deltas_.groups.push_back(
          {desired.apex, wanted.owner, wanted.type, std::move(old), std::move(group)});
    }
    return absl::OkStatus();
  }

  // Removes groups that `desired`, if there is any, does not have.
  void drop_groups(const model::Zone& before, const DesiredZone* desired) {
    before.owners.for_each([&](const dns::Name& owner, const model::OwnerRecordsPtr& records) {
      for (const model::RecordGroupPtr& group : records->groups) {
        if (desired && desired->groups.find(owner, group->type)) continue;
        deltas_.groups.push_back({before.apex, owner, group->type, group, nullptr});
      }
    });
  }

  const model::Config& running_;
  const ApplyRules rules_;
  Deltas deltas_;
  absl::flat_hash_set<dns::Name> named_;
  absl::flat_hash_map<std::string, model::TrafficPolicyPtr> named_policies_;
  PolicyExpander policies_;
};

}  // namespace

absl::StatusOr<Deltas> deltas_to(const model::Config& running, const DesiredState& desired,
                                 const ApplyRules& rules) {
  Differ differ(running, desired, rules);
  RETURN_IF_ERROR(differ.add(desired));
  return differ.take();
}

absl::Status check_removals(const ChangeCounts& counts, std::uint64_t record_sets_total) {
  const std::uint64_t removed = counts.record_sets_removed;
  if (record_sets_total < kGuardedFrom ||
      removed * 100 <= record_sets_total * kRemovalsMaxPercent) {
    return absl::OkStatus();
  }
  return failed_precondition("this would remove ", removed, " of ", record_sets_total,
                             " record sets, more than ", kRemovalsMaxPercent,
                             " %; use --force if that is meant");
}

}  // namespace signpost::control
