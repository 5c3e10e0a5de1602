// Where overrides by region and endpoint apply.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "dns/name.h"
#include "model/config.h"
#include "model/observations.h"
#include "model/override.h"

namespace signpost::policy {

// Owner names with record sets that lie in one of these overrides of `seen`, by number. Looks at
// the whole configuration.
std::vector<dns::Name> owners_placed_in(const model::Config& config,
                                        const model::Observations& seen,
                                        const std::set<std::uint64_t>& numbers);

// The checks that record sets in the scope name; of a scope by check or tags, those checks. Looks
// at the whole configuration.
std::set<std::string> checks_in(const model::Config& config, const model::OverrideScope& scope);

}  // namespace signpost::policy
