// Rules on outbound rules.
#pragma once

#include "model/change.h"
#include "model/config.h"
#include "policy/record_rules_problems.h"

namespace signpost::policy {

// Of two outbound rules for one domain, both must not admit the same network.
void check_forward_rules(const model::Config& after, const model::ChangeBatch& batch,
                         Problems& problems);

}  // namespace signpost::policy
