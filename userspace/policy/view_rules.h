// Rules on views.
#pragma once

#include "model/change.h"
#include "model/config.h"
#include "policy/record_rules_problems.h"

namespace signpost::policy {

// What `batch` makes of them, on its final state: a network belongs to one view, and the view of a
// private zone exists.
void check_views(const model::Config& after, const model::ChangeBatch& batch, Problems& problems);

}  // namespace signpost::policy
