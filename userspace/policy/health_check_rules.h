// Rules on calculated health checks.
#pragma once

#include "model/change.h"
#include "model/config.h"
#include "policy/record_rules_problems.h"

namespace signpost::policy {

// What `batch` makes of them, on its final state: children exist, and no check depends on itself.
// Route 53 does not let calculated checks have calculated children; we do, without cycles.
void check_calculated(const model::Config& after, const model::ChangeBatch& batch,
                      Problems& problems);

}  // namespace signpost::policy
