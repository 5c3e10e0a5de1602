// Whether a configuration may become the running one (route53-semantics 1.10 and 3.4).
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "model/change.h"
#include "model/config.h"

namespace signpost::policy {

// `before` with the batch applied, its generation raised by one. INVALID_ARGUMENT names the change and what is wrong, in
// Route 53's words where it has any; NOT_FOUND for a zone or check that is not there. Checks only what the batch
// touches, on the final state.
absl::StatusOr<model::Config> apply_batch(const model::Config& before, const model::ChangeBatch& batch);

// What an operator should know about an accepted batch, one sentence each: a group that can't fail over because a set
// has no check, a weight that is never used, a check that does not exist.
std::vector<std::string> warnings(const model::Config& after, const model::ChangeBatch& batch);

}  // namespace signpost::policy
