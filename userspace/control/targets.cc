#include "control/targets.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/status.h"
#include "policy/traffic_policy.h"

namespace signpost::control {
namespace {

std::optional<dns::Name> enclosing_apex(dns::Name name,
                                        const std::function<bool(const dns::Name& apex)>& holds) {
  while (!holds(name)) {
    if (name.is_root()) return std::nullopt;
    name = name.parent();
  }
  return name;
}

}  // namespace

absl::StatusOr<model::RecordGroupPtr> PolicyExpander::expand(const model::RecordGroupPtr& group) {
  if (!group->instance) return group;
  const model::TrafficPolicyInstance& instance = *group->instance;
  const std::string key = model::traffic_policy_key(instance.policy, instance.version);
  model::RecordGroupPtr& made =
      made_[absl::StrCat(key, " ", instance.ttl, " ", static_cast<int>(group->ring_mode), " ",
                         static_cast<int>(group->fail_mode))];
  if (made == nullptr) {
    const model::TrafficPolicyPtr policy = find_(key);
    if (policy == nullptr) return invalid_argument("there is no traffic policy ", key);
    ASSIGN_OR_RETURN(model::RecordGroupPtr expanded,
                     policy::expand_traffic_policy(*policy, instance.ttl));
    if (expanded->ring_mode != group->ring_mode || expanded->fail_mode != group->fail_mode) {
      auto copy = std::make_shared<model::RecordGroup>(*expanded);
      copy->ring_mode = group->ring_mode;
      copy->fail_mode = group->fail_mode;
      expanded = std::move(copy);
    }
    made = std::move(expanded);
  }
  if (made->type != group->type) {
    return invalid_argument("traffic policy ", key, " is for type ", dns::to_text(made->type),
                            ", not ", dns::to_text(group->type));
  }
  return made;
}

PolicyExpander expander_of(const model::Config& config) {
  return PolicyExpander([policies = config.traffic_policies](const std::string& key) {
    const model::TrafficPolicyPtr* policy = policies.find(key);
    return policy == nullptr ? nullptr : *policy;
  });
}

model::AliasTarget find_target(model::AliasTarget target,
                               const std::function<bool(const dns::Name& apex)>& holds) {
  if (target.external || target.tree) return target;
  if (!target.zone_apex.is_root()) {
    target.external = !holds(target.zone_apex);
  } else {
    std::optional<dns::Name> zone = enclosing_apex(target.name, holds);
    if (!zone) {
      target.name = target.name.in(dns::NameSpace());
      zone = enclosing_apex(target.name, holds);
    }
    target.external = !zone;
    target.zone_apex = zone.value_or(dns::Name());
  }
  if (target.external) {
    target.zone_apex = dns::Name();
    target.name = target.name.in(dns::NameSpace());
  }
  return target;
}

model::RecordGroupPtr find_targets(const model::RecordGroupPtr& group,
                                   const std::function<bool(const dns::Name& apex)>& holds) {
  const bool any = std::any_of(group->sets.begin(), group->sets.end(),
                               [](const model::RecordSet& set) { return bool{set.alias}; });
  if (!any) return group;
  auto found = std::make_shared<model::RecordGroup>(*group);
  for (model::RecordSet& set : found->sets) {
    if (set.alias) set.alias = find_target(*set.alias, holds);
  }
  return found;
}

}  // namespace signpost::control
