#include "control/delta.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "control/soa_serial.h"

namespace signpost::control {
namespace {

bool same_settings(const model::Zone& a, const model::Zone& b) {
  return a.id == b.id && a.manager == b.manager && a.comment == b.comment;
}

model::ZonePtr zone_at(const model::Config& config, const dns::Name& apex) {
  const model::ZonePtr* zone = config.zones.find(apex);
  return zone == nullptr ? nullptr : *zone;
}

model::HealthCheckPtr check_at(const model::Config& config, const std::string& id) {
  const model::HealthCheckPtr* check = config.health_checks.find(id);
  return check == nullptr ? nullptr : *check;
}

template <typename T>
bool equal(const std::shared_ptr<const T>& a, const std::shared_ptr<const T>& b) {
  return a == b || (a && b && *a == *b);
}

class Collector {
 public:
  Collector(const model::Config& before, const model::Config& after)
      : before_(before), after_(after) {}

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
    if (!groups_seen_.emplace(apex, owner, type).second) return;
    GroupDelta delta{apex, owner, type, find_group(zone_at(before_, apex).get(), owner, type),
                     find_group(zone_at(after_, apex).get(), owner, type)};
    if (!equal(delta.before, delta.after)) deltas_.groups.push_back(std::move(delta));
  }

  void check(const std::string& id) {
    if (!checks_seen_.insert(id).second) return;
    HealthCheckDelta delta{id, check_at(before_, id), check_at(after_, id)};
    if (!equal(delta.before, delta.after)) deltas_.health_checks.push_back(std::move(delta));
  }

  const model::Config& before_;
  const model::Config& after_;
  Deltas deltas_;
  absl::flat_hash_set<dns::Name> zones_seen_;
  absl::flat_hash_set<std::tuple<dns::Name, dns::Name, dns::RRType>> groups_seen_;
  absl::flat_hash_set<std::string> checks_seen_;
};

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
  const std::vector<model::RecordGroupPtr>& groups = (*records)->groups;
  const auto at = std::lower_bound(
      groups.begin(), groups.end(), type,
      [](const model::RecordGroupPtr& group, dns::RRType wanted) { return group->type < wanted; });
  return at != groups.end() && (*at)->type == type ? *at : nullptr;
}

Deltas deltas_of(const model::Config& before, const model::Config& after,
                 const model::ChangeBatch& batch) {
  Collector collector(before, after);
  for (const model::Change& change : batch.changes) std::visit(collector, change);
  return collector.take();
}

model::ChangeBatch batch_of(const Deltas& deltas) {
  model::ChangeBatch batch;
  for (const HealthCheckDelta& delta : deltas.health_checks) {
    if (delta.after) batch.changes.emplace_back(model::PutHealthCheck{delta.after});
  }
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
  for (const GroupDelta& delta : deltas.groups) {
    if (deleted.contains(delta.zone_apex)) continue;
    if (delta.after) {
      batch.changes.emplace_back(model::PutGroup{delta.zone_apex, delta.owner, delta.after});
    } else {
      batch.changes.emplace_back(model::DeleteGroup{delta.zone_apex, delta.owner, delta.type});
    }
  }
  for (const HealthCheckDelta& delta : deltas.health_checks) {
    if (!delta.after) batch.changes.emplace_back(model::DeleteHealthCheck{delta.id});
  }
  return batch;
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
  for (const HealthCheckDelta& delta : deltas.health_checks) {
    count_one(delta.before != nullptr, delta.after != nullptr, counts);
  }
  return counts;
}

}  // namespace signpost::control
