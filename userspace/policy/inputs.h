// What a routing policy looks at besides the record sets themselves.
#pragma once

#include "dns/rr_type.h"
#include "model/config.h"
#include "model/locality_map.h"
#include "model/observations.h"

namespace signpost::policy {

// References must outlive the inputs.
struct Inputs {
  const model::Config& config;  // for alias targets and regions
  const model::Observations& seen;
  model::Client client;  // null pointers: nothing is known
};

// Groups below an alias or a branch of a traffic policy, however deep, and CNAMEs in a row.
inline constexpr unsigned kTreeDepthMax = 16;

// The group that an alias of `type` answers with: null if it is external, or if there is none.
const model::RecordGroup* target_group(const model::Config& config,
                                       const model::AliasTarget& target, dns::RRType type);

// "NAME TYPE" of the target, or the rule of a traffic policy.
std::string target_words(const model::AliasTarget& target, dns::RRType type);

}  // namespace signpost::policy
