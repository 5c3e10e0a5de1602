// Which record groups name a health check, an alias target, a collection and so on: what a change
// must not break, or must tell the operator about.
#pragma once

#include <string>
#include <utility>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/persistent_map.h"

namespace signpost::model {

// Where a record group is.
struct GroupKey {
  dns::Name zone_apex;
  dns::Name owner;
  dns::RRType type{};

  friend bool operator==(const GroupKey&, const GroupKey&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const GroupKey& key) {
    return H::combine(std::move(state), key.zone_apex, key.owner, key.type);
  }
};

struct Present {};
using GroupKeys = PersistentMap<GroupKey, Present>;

struct References {
  PersistentMap<GroupKey, GroupKeys> aliases;              // by the group that they target
  PersistentMap<std::string, GroupKeys> health_checks;     // by id
  PersistentMap<std::string, GroupKeys> cidr_collections;  // by id
  PersistentMap<std::string, GroupKeys> traffic_policies;  // by traffic_policy_key()
  PersistentMap<std::string, GroupKeys> regions;  // by name: those of the operator and AWS's
};

}  // namespace signpost::model
