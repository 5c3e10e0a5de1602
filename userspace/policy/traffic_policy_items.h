// The rules of a traffic policy document.
#pragma once

#include "absl/status/statusor.h"
#include "policy/traffic_policy_document.h"
#include "policy/traffic_policy_json.h"

namespace signpost::policy {

enum class PolicyFormat { k2015, k2023 };

// INVALID_ARGUMENT with the path of what is wrong.
absl::StatusOr<PolicyRule> parse_policy_rule(const Json& rule, PolicyFormat format);

}  // namespace signpost::policy
