#include "control/desired_diff.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/status.h"
#include "control/soa_serial.h"

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
  Differ(const model::Config& running, const ApplyRules& rules)
      : running_(running), rules_(rules) {}

  absl::Status add_zone(const DesiredZone& desired) {
    named_.insert(desired.apex);
    const model::ZonePtr* found = running_.zones.find(desired.apex);
    const model::ZonePtr before = found ? *found : nullptr;
    auto after = std::make_shared<model::Zone>();
    after->apex = desired.apex;
    after->comment = desired.comment;
    after->manager = rules_.manage_by_api ? model::ZoneManager::kApi : model::ZoneManager::kFiles;
    if (before) {
      after->id = before->id;
      RETURN_IF_ERROR(check_manager(*before, *after));
    }
    if (!before || before->manager != after->manager || before->comment != after->comment) {
      deltas_.zones.push_back({desired.apex, before, after});
    }
    put_groups(desired, before.get());
    if (before) drop_groups(*before, &desired);
    return absl::OkStatus();
  }

  void add_health_check(const model::HealthCheckPtr& desired) {
    named_checks_.insert(desired->id);
    const model::HealthCheckPtr* before = running_.health_checks.find(desired->id);
    if (before && **before == *desired) return;
    deltas_.health_checks.push_back({desired->id, before ? *before : nullptr, desired});
  }

  void prune() {
    running_.zones.for_each([&](const dns::Name& apex, const model::ZonePtr& zone) {
      if (named_.contains(apex) || zone->manager != model::ZoneManager::kFiles) return;
      deltas_.zones.push_back({apex, zone, nullptr});
      drop_groups(*zone, nullptr);
    });
    running_.health_checks.for_each([&](const std::string& id, const model::HealthCheckPtr& check) {
      if (!named_checks_.contains(id)) deltas_.health_checks.push_back({id, check, nullptr});
    });
  }

  Deltas take() { return std::move(deltas_); }

 private:
  absl::Status check_manager(const model::Zone& before, const model::Zone& after) const {
    if (rules_.adopt || before.manager == after.manager) return absl::OkStatus();
    return failed_precondition("zone ", before.apex.text(), " is managed by ",
                               before.manager == model::ZoneManager::kApi ? "the API" : "files",
                               "; use --adopt to take it over");
  }

  void put_groups(const DesiredZone& desired, const model::Zone* before) {
    // In the order of the maps of names, which speeds up all that is done with them later.
    std::vector<std::pair<std::uint64_t, const DesiredGroups::Entry*>> ordered;
    ordered.reserve(desired.groups.size());
    for (const DesiredGroups::Entry& wanted : desired.groups)
      ordered.emplace_back(wanted.order, &wanted);
    std::sort(ordered.begin(), ordered.end());
    deltas_.groups.reserve(deltas_.groups.size() + ordered.size());
    for (const auto& [order, wanted] : ordered) {
      model::RecordGroupPtr old = find_group(before, wanted->owner, wanted->type);
      if (old && is_as_desired(*old, *wanted->group)) continue;
      deltas_.groups.push_back(
          {desired.apex, wanted->owner, wanted->type, std::move(old), wanted->group});
    }
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
  absl::flat_hash_set<std::string> named_checks_;
};

}  // namespace

absl::StatusOr<Deltas> deltas_to(const model::Config& running, const DesiredState& desired,
                                 const ApplyRules& rules) {
  Differ differ(running, rules);
  for (const DesiredZone& zone : desired.zones) RETURN_IF_ERROR(differ.add_zone(zone));
  for (const model::HealthCheckPtr& check : desired.health_checks) differ.add_health_check(check);
  if (rules.prune) differ.prune();
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
