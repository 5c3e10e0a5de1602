// Rules on zones that are copied from other servers.
#pragma once

#include "model/change.h"
#include "model/config.h"
#include "policy/record_rules_problems.h"

namespace signpost::policy {

// What `batch` makes of them, on its final state: the TSIG keys that they name exist, and just the
// zones of secondary zones are managed by primaries.
void check_secondaries(const model::Config& after, const model::ChangeBatch& batch,
                       Problems& problems);

}  // namespace signpost::policy
