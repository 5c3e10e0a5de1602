// A zone as a server without routing policies can hold it: what is transferred.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/name.h"
#include "model/config.h"
#include "model/zone_access.h"

namespace signpost::policy {

struct StaticRRset {
  std::uint32_t ttl = 0;
  model::RdataList rdata;
};

// The records that stand for `group` at `owner` in a copy of `zone`. What is not simple stands
// there by its first choice if `policy_records` says so: what decide() gives while all is healthy,
// for a client of whom nothing is known, the greatest share if there are several; of sets that are
// for other clients only, the first. The records depend on nothing but the zone, so that they
// change with its serial alone. FAILED_PRECONDITION says why there are none that do.
absl::StatusOr<StaticRRset> static_rrset(const model::Config& config, const model::Zone& zone,
                                         const dns::Name& owner, const model::RecordGroup& group,
                                         model::PolicyRecords policy_records);

// Whether the records of `group` in a copy can change without a change of the group: by an alias.
bool follows_others(const model::RecordGroup& group);

}  // namespace signpost::policy
