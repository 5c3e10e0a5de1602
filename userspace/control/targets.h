// What record sets refer to by name and is looked up once all of a configuration is known: the
// zones of alias targets, and traffic policies.
#pragma once

#include <functional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "dns/name.h"
#include "model/config.h"

namespace signpost::control {

// Makes the groups of traffic policies; names with the same version and TTL share one.
class PolicyExpander {
 public:
  // The policy of a traffic_policy_key(); null if there is none.
  using Find = std::function<model::TrafficPolicyPtr(const std::string& key)>;

  explicit PolicyExpander(Find find) : find_(std::move(find)) {}

  // What the policy that group->instance names puts there; `group` itself if it names none.
  // INVALID_ARGUMENT if there is no such policy, or it is for another type.
  absl::StatusOr<model::RecordGroupPtr> expand(const model::RecordGroupPtr& group);

 private:
  const Find find_;
  absl::flat_hash_map<std::string, model::RecordGroupPtr> made_;
};

// Expands with the policies of `config`.
PolicyExpander expander_of(const model::Config& config);

// The alias as from_proto() reads it, its zone found: that of its hosted_zone_id, else the one that
// encloses the name most closely; `holds` says whether a zone of an apex is held. External if there
// is none.
model::AliasTarget find_target(model::AliasTarget target,
                               const std::function<bool(const dns::Name& apex)>& holds);

// `group` with find_target() for all its aliases; itself if it has none.
model::RecordGroupPtr find_targets(const model::RecordGroupPtr& group,
                                   const std::function<bool(const dns::Name& apex)>& holds);

}  // namespace signpost::control
