// Whether a configuration may become the running one (route53-semantics 1.10 and 3.4).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/change.h"
#include "model/config.h"

namespace signpost::policy {

// Records of one record set.
inline constexpr std::size_t kValuesMax = 400;

// `before` with the batch applied, its generation raised by one. INVALID_ARGUMENT says what is
// wrong, in Route 53's words where it has any; NOT_FOUND for a zone, record set or check that is
// not there. Checks only what the batch touches, on the final state. A new zone must come with its
// id.
absl::StatusOr<model::Config> apply_batch(const model::Config& before,
                                          const model::ChangeBatch& batch);

// What an operator should know about an accepted batch, one sentence each: a set without a health
// check beside checked ones, a branch that can't fail over because a leaf below it has none, a
// weight that is never used, a failover set that is alone, no default location, unequal TTLs,
// aliases to names that are not held, a removed check that is in use; of a traffic policy also what
// nothing leads to, and branches without EvaluateTargetHealth. `after` is what apply_batch() gave.
std::vector<std::string> warnings(const model::Config& after, const model::ChangeBatch& batch);

}  // namespace signpost::policy
