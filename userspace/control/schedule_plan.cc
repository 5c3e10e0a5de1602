#include "control/schedule_plan.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/status.h"
#include "control/batch_preparation.h"
#include "control/schedule_step.h"
#include "control/service_support.h"
#include "control/stored_form.h"
#include "model/references.h"
#include "policy/inputs.h"
#include "policy/validate.h"

namespace signpost::control {
namespace {

using model::GroupKey;
using model::RecordGroup;
using model::RecordGroupPtr;
using std::chrono::seconds;
using std::chrono::system_clock;

// Of which each is kept until it is done.
constexpr std::size_t kChangesMax = 50'000;
constexpr seconds kAheadMax = std::chrono::days(366);

// The group with no TTL above `ttl`. The sets of a traffic policy follow its instance's TTL when
// they are made.
RecordGroupPtr with_ttl_at_most(const RecordGroup& group, std::uint32_t ttl) {
  auto copy = std::make_shared<RecordGroup>(group);
  if (group.instance) {
    model::TrafficPolicyInstance instance = *group.instance;
    instance.ttl = std::min(instance.ttl, ttl);
    copy->instance = std::move(instance);
    return copy;
  }
  for (model::RecordSet& set : copy->sets) set.ttl = std::min(set.ttl, ttl);
  return copy;
}

// The longest TTL that the group itself gives; aliases have none.
std::uint32_t longest_ttl(const RecordGroup& group) {
  if (group.instance) return group.instance->ttl;
  std::uint32_t longest = 0;
  for (const model::RecordSet& set : group.sets) longest = std::max(longest, set.ttl);
  return longest;
}

bool has_ttl(const RecordGroup& group) {
  return group.instance || std::any_of(group.sets.begin(), group.sets.end(),
                                       [](const model::RecordSet& set) { return !set.alias; });
}

bool same(const RecordGroupPtr& a, const RecordGroupPtr& b) {
  return a == b || (a && b && encode_group(*a) == encode_group(*b));
}

// Whether clients may keep an answer that differs from the new one in more than its TTL.
bool changes_answers(const GroupDelta& delta) {
  if (delta.type == dns::RRType::kSoa || delta.before == nullptr) return false;
  return delta.after == nullptr ||
         !same(with_ttl_at_most(*delta.before, 0), with_ttl_at_most(*delta.after, 0));
}

std::map<dns::Name, model::ZoneManager> managers_of(const Deltas& deltas,
                                                    const model::Config& config) {
  std::map<dns::Name, model::ZoneManager> managers;
  const auto add = [&](const dns::Name& apex) {
    if (const model::ZonePtr* zone = config.zones.find(apex)) managers[apex] = (*zone)->manager;
  };
  for (const GroupDelta& delta : deltas.groups) add(delta.zone_apex);
  return managers;
}

// Finds the groups whose TTLs keep old answers alive, and makes the steps.
class PreLowering {
 public:
  PreLowering(const Running& running, const PlannedChange& change, std::uint32_t ttl)
      : running_(running), change_(change), ttl_(ttl) {
    for (const GroupDelta& delta : change.deltas.groups) deltas_.emplace(key_of(delta), &delta);
  }

  void find_groups() {
    for (const GroupDelta& delta : change_.deltas.groups)
      if (changes_answers(delta)) add(key_of(delta), delta.before);
    const model::References& named = *change_.after.references;
    for (const CidrCollectionDelta& delta : change_.deltas.cidr_collections)
      add_all(named.cidr_collections.find(delta.key));
    for (const RegionDelta& delta : change_.deltas.regions) add_all(named.regions.find(delta.key));
    if (!change_.deltas.place_overrides.empty()) {
      schedule_.shown.add_warnings(
          "where clients are changes as well: TTLs are not lowered of names that route by it and "
          "do not change themselves");
    }
  }

  // Nothing where there is nothing to lower.
  std::optional<Schedule> make_steps() {
    ScheduledStep lower = lowering();
    if (lower.deltas.groups.empty()) return std::nullopt;
    schedule_.shown.set_ttl_seconds(ttl_);
    add_step(v1::ScheduleStep::LOWER, std::move(lower), 0, running_.config);
    add_step(v1::ScheduleStep::CHANGE, changing(), longest_, running_.config);
    ScheduledStep restore = restoring();
    if (!restore.deltas.groups.empty()) {
      const auto margin = static_cast<std::uint32_t>(kRestoreMargin.count());
      add_step(v1::ScheduleStep::RESTORE, std::move(restore), ttl_ + margin, change_.after);
    }
    return std::move(schedule_);
  }

 private:
  struct Group {
    GroupKey key;
    RecordGroupPtr before;
    RecordGroupPtr after;
  };

  static GroupKey key_of(const GroupDelta& delta) {
    return {delta.zone_apex, delta.owner, delta.type};
  }

  const GroupDelta* delta_at(const GroupKey& key) const {
    const auto at = deltas_.find(key);
    return at == deltas_.end() ? nullptr : at->second;
  }

  void add(const GroupKey& key, const RecordGroupPtr& before) {
    if (before == nullptr || !added_.insert(key).second) return;
    const GroupDelta* delta = delta_at(key);
    groups_.push_back({key, before, delta ? delta->after : before});
    longest_ = std::max(longest_, longest_ttl(*before));
    follow_aliases(key, *before);
  }

  void add_all(const model::GroupKeys* keys) {
    if (keys == nullptr) return;
    keys->for_each([&](const GroupKey& key, model::Present) { add(key, running_group(key)); });
  }

  RecordGroupPtr running_group(const GroupKey& key) const {
    const model::ZonePtr* zone = running_.config.zones.find(key.zone_apex);
    return find_group(zone == nullptr ? nullptr : zone->get(), key.owner, key.type);
  }

  // An alias has its target's TTL.
  void follow_aliases(const GroupKey& from, const RecordGroup& group) {
    for (const model::RecordSet& set : group.sets) {
      if (!set.alias) continue;
      if (set.alias->external) {
        note_external(from, *set.alias);
      } else if (set.alias->tree) {
        follow_aliases(from, *set.alias->tree);
      } else {
        const GroupKey target{set.alias->zone_apex, set.alias->name, from.type};
        add(target, running_group(target));
      }
    }
  }

  void note_external(const GroupKey& from, const model::AliasTarget& target) {
    const std::string name = model::external_key(target.name, from.type);
    const model::ExternalAnswerPtr* known = running_.seen.external.find(name);
    if (known == nullptr) return;
    longest_ = std::max(longest_, (*known)->ttl);
    if ((*known)->ttl <= ttl_) return;
    schedule_.shown.add_warnings(absl::StrCat(
        from.owner.text(), " ", dns::to_text(from.type), ": the TTL of ", name, ", ", (*known)->ttl,
        " s, is not ours to lower; the change waits for it all the same"));
  }

  ScheduledStep lowering() {
    ScheduledStep step;
    for (const Group& group : groups_) {
      const RecordGroupPtr lowered = with_ttl_at_most(*group.before, ttl_);
      const bool lowers = !same(group.before, lowered);
      const bool restores = group.after && !same(group.after, with_ttl_at_most(*group.after, ttl_));
      if (lowers || restores) show(group);
      if (lowers)
        step.deltas.groups.push_back(
            {group.key.zone_apex, group.key.owner, group.key.type, group.before, lowered});
    }
    return step;
  }

  ScheduledStep changing() const {
    ScheduledStep step{change_.deltas, {}};
    for (GroupDelta& delta : step.deltas.groups) {
      if (!added_.contains(key_of(delta))) continue;
      delta.before = with_ttl_at_most(*delta.before, ttl_);
      if (delta.after) delta.after = with_ttl_at_most(*delta.after, ttl_);
    }
    std::erase_if(step.deltas.groups,
                  [](const GroupDelta& delta) { return same(delta.before, delta.after); });
    return step;
  }

  ScheduledStep restoring() const {
    ScheduledStep step;
    for (const Group& group : groups_) {
      if (group.after == nullptr) continue;
      RecordGroupPtr lowered = with_ttl_at_most(*group.after, ttl_);
      if (same(lowered, group.after)) continue;
      step.deltas.groups.push_back(
          {group.key.zone_apex, group.key.owner, group.key.type, std::move(lowered), group.after});
    }
    return step;
  }

  void show(const Group& group) {
    v1::LoweredTtl& line = *schedule_.shown.add_lowered();
    line.set_name(group.key.owner.text());
    line.set_type(dns::to_text(group.key.type));
    line.set_before_seconds(longest_ttl(*group.before));
    if (group.after && has_ttl(*group.after)) line.set_after_seconds(longest_ttl(*group.after));
  }

  void add_step(v1::ScheduleStep::Kind kind, ScheduledStep step, std::uint32_t wait_seconds,
                const model::Config& managed_as) {
    step.managers = managers_of(step.deltas, managed_as);
    schedule_.steps.push_back(std::move(step));
    v1::ScheduleStep& shown = *schedule_.shown.add_steps();
    shown.set_kind(kind);
    shown.set_wait_seconds(wait_seconds);
  }

  const Running& running_;
  const PlannedChange& change_;
  const std::uint32_t ttl_;
  absl::flat_hash_map<GroupKey, const GroupDelta*> deltas_;
  absl::flat_hash_set<GroupKey> added_;
  std::vector<Group> groups_;
  std::uint32_t longest_ = 0;  // of all TTLs before
  Schedule schedule_;
};

absl::Status validate_steps(const Running& running, const Schedule& schedule) {
  model::Config config = running.config;
  model::ZoneId last_zone_id = running.last_zone_id;
  for (const ScheduledStep& step : schedule.steps) {
    ASSIGN_OR_RETURN(model::ChangeBatch batch, batch_of(step, config));
    last_zone_id = prepare(config, last_zone_id, batch);
    ASSIGN_OR_RETURN(config, policy::apply_batch(config, batch));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Schedule> plan_schedule(const Running& running, const PlannedChange& change,
                                       std::uint32_t ttl) {
  if (change.deltas.empty()) return failed_precondition("nothing would change");
  if (change.batch.changes.size() > kChangesMax) {
    return resource_exhausted("the plan has ", change.batch.changes.size(),
                              " changes; schedule at most ", kChangesMax, " at a time");
  }
  PreLowering lowering(running, change, ttl);
  lowering.find_groups();
  std::optional<Schedule> schedule = lowering.make_steps();
  if (!schedule) {
    return failed_precondition("no record set whose answers change has a TTL above ", ttl,
                               " s; there is nothing to wait for: use `signpost apply`");
  }
  RETURN_IF_ERROR(validate_steps(running, *schedule));
  return *std::move(schedule);
}

absl::Status plan_times(system_clock::time_point now,
                        std::optional<system_clock::time_point> change_at, v1::Schedule& out) {
  const seconds wait(out.steps(1).wait_seconds());
  if (!change_at) {
    set_due(0, now, out);
    return absl::OkStatus();
  }
  if (*change_at - wait < now) {
    return invalid_argument("options.change_at: is too early; TTLs have to be lowered ",
                            wait.count(), " s before: leave it out for the earliest time");
  }
  if (*change_at > now + kAheadMax)
    return invalid_argument("options.change_at: is more than a year ahead");
  set_due(0, *change_at - wait, out);
  return absl::OkStatus();
}

void set_due(int index, system_clock::time_point due, v1::Schedule& out) {
  for (int i = index; i < out.steps_size(); ++i) {
    if (i > index) due += seconds(out.steps(i).wait_seconds());
    set_time(due, *out.mutable_steps(i)->mutable_due());
  }
}

}  // namespace signpost::control
