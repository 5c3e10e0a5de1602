// Rules on what record sets name by an id: CIDR collections, Regions and traffic policies
// (route53-semantics 1.8, 3.9 and 3.12).
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "model/change.h"
#include "model/config.h"
#include "model/references.h"
#include "policy/record_rules_problems.h"

namespace signpost::policy {

// Checks them on the final state of a batch. References must outlive it.
class NamedRules {
 public:
  NamedRules(const model::Config& before, const model::Config& after, Problems& problems)
      : before_(before), after_(after), problems_(problems) {}

  // Everything that the batch puts, and that nobody names what it removes.
  void check(const model::ChangeBatch& batch);

  // The traffic policy that a group is made from.
  void check_instance(const model::GroupKey& key, const model::TrafficPolicyInstance& instance);

 private:
  void check_change(const model::PutCidrCollection& put);
  void check_change(const model::DeleteCidrCollection& removal);
  void check_change(const model::DeleteRegion& removal);
  void check_change(const model::PutTrafficPolicy& put);
  void check_change(const model::DeleteTrafficPolicy& removal);
  void check_locations_in_use(const model::CidrCollection& collection);
  void check_names_differ();
  const absl::Status& status_of(const model::TrafficPolicy& policy);

  const model::Config& before_;
  const model::Config& after_;
  Problems& problems_;
  std::map<std::string, absl::Status> policies_;  // checked already, by traffic_policy_key()
};

}  // namespace signpost::policy
