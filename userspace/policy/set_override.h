// What overrides make of a record set.
#pragma once

#include <string>
#include <vector>

#include "model/active_overrides.h"
#include "model/config.h"
#include "model/observations.h"

namespace signpost::policy {

// The strongest override on the set by its check, its region, and its addresses if all of them are
// overridden (of these the weakest: a set is as well as its best address). Null: none.
const model::ActiveOverride* override_on(const model::RecordSet& set, dns::RRType type,
                                         const model::Observations& seen);

// The set's values without the addresses that are forced down; all if none would be left.
model::RdataList values_in_service(const model::RecordSet& set, dns::RRType type,
                                   const model::Observations& seen);

// The numbers of the overrides by region and endpoint that the set lies in.
std::vector<std::uint64_t> placed_overrides(const model::RecordSet& set, dns::RRType type,
                                            const model::Observations& seen);

// Whether the override is by region or endpoint, and the set lies in that.
bool lies_in(const model::RecordSet& set, dns::RRType type, const model::OverrideScope& scope);

}  // namespace signpost::policy
