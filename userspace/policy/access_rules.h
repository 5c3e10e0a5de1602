// Rules on what others may do with zones.
#pragma once

#include "model/change.h"
#include "model/config.h"
#include "policy/record_rules_problems.h"

namespace signpost::policy {

// What `batch` makes of them, on its final state: the TSIG keys that they name exist.
void check_access(const model::Config& after, const model::ChangeBatch& batch, Problems& problems);

}  // namespace signpost::policy
