// Whether a record set counts as healthy (route53-semantics 1.0, step 3).
#pragma once

#include <optional>
#include <string>

#include "model/config.h"
#include "policy/inputs.h"

namespace signpost::policy {

// By its check and, for an alias with evaluate_target_health, by whether its target has a healthy
// set that is for the client.
bool is_healthy(const model::RecordSet& set, dns::RRType type, const Inputs& inputs);

// The same as words, for `explain`.
std::string health_words(const model::RecordSet& set, dns::RRType type, const Inputs& inputs);

// is_healthy() if it is the same for all clients, else nothing.
std::optional<bool> health_for_all(const model::RecordSet& set, dns::RRType type,
                                   const Inputs& inputs);

// Whether any health that a decision about the group looks at is not known yet.
bool awaits_verdict(const model::RecordGroup& group, const Inputs& inputs);

}  // namespace signpost::policy
