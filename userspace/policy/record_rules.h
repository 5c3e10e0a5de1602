// Which records may share a name, and what a policy demands of its sets (route53-semantics 1.10
// and 3.4).
#pragma once

#include "absl/status/status.h"
#include "model/change.h"
#include "model/config.h"

namespace signpost::policy {

// Sets after.references, then checks every zone, owner and group that `batch` touched, what it
// names and what names it, as they are in `after`, which is `before` with the batch applied.
// INVALID_ARGUMENT with all that is wrong (at most 20 sentences), in Route 53's words where it has
// any.
absl::Status check_touched(const model::Config& before, const model::ChangeBatch& batch,
                           model::Config& after);

}  // namespace signpost::policy
