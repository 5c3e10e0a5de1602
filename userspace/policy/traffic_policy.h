// Traffic policies: a document in Route 53's format (route53-semantics 4) becomes the tree of
// groups that it stands for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/config.h"

namespace signpost::policy {

// Rules one below another, and ways from the start to an endpoint.
inline constexpr std::size_t kPolicyDepthMax = 16;
inline constexpr std::size_t kPolicyBranchesMax = 4096;

// The group that an instance of `policy` puts at its owner name, its records with the TTL `ttl`.
// A RuleReference becomes an alias whose `tree` is the group of that rule; an endpoint that is not
// a value becomes an external alias. Set identifiers are the ids of what the item refers to; a
// further item of one rule that refers to the same has " #2" and so on behind it.
// INVALID_ARGUMENT as check_traffic_policy().
absl::StatusOr<model::RecordGroupPtr> expand_traffic_policy(const model::TrafficPolicy& policy,
                                                            std::uint32_t ttl);

// Checks id, version, name, comment and document. INVALID_ARGUMENT says what is wrong; of the
// document "InvalidTrafficPolicyDocument: Rules.selector.Regions[1].Region: …".
absl::Status check_traffic_policy(const model::TrafficPolicy& policy);

// Also that the Regions and health checks that it names are in `config`.
absl::Status check_traffic_policy(const model::TrafficPolicy& policy, const model::Config& config);

// What an operator should know about an accepted document, each a sentence that begins with a
// path in it: branches that do not back out, rules and endpoints that nothing leads to.
std::vector<std::string> traffic_policy_warnings(const model::TrafficPolicy& policy);

}  // namespace signpost::policy
