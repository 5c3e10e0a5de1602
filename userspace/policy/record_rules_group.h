// What a routing policy demands of the sets of one group (route53-semantics 1.2 to 1.10).
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "model/config.h"

namespace signpost::policy {

inline constexpr std::size_t kWeightedSetsMax = 100;
inline constexpr std::size_t kGeoproximitySetsMax = 30;

// How the rules speak of a group and hand on what they find.
struct GroupVoice {
  std::string group;  // "www.example.com., type A"
  // A set at the beginning of a sentence: "RRSet with DNS name …".
  std::function<std::string(const model::RecordSet&)> name;
  // The group before the change, whose policy is the one that others stand beside; null: there was
  // none, and the first set has it.
  const model::RecordGroup* before = nullptr;
  // Takes a sentence about a set of the group.
  std::function<void(const model::RecordSet&, const std::string&)> report;
};

// Checks the policies of the sets, and what each demands of its group; not values, aliases and
// identifiers. Without a configuration, what a policy names counts as existing. The group has at
// least one set.
void check_policies(const model::RecordGroup& group, const model::Config* config,
                    const GroupVoice& voice);

}  // namespace signpost::policy
