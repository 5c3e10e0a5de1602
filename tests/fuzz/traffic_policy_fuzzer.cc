// Traffic policy documents: what is accepted is a tree that keeps to its limits, the same each
// time; what is refused says where.
#include "policy/traffic_policy.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using signpost::model::RecordGroup;
using signpost::model::RecordSet;

constexpr std::uint32_t kTtl = 60;

void require(bool condition) {
  if (!condition) std::abort();
}

// Returns the ways to an endpoint.
std::size_t check_tree(const RecordGroup& group, std::size_t depth) {
  require(depth <= signpost::policy::kPolicyDepthMax);
  require(!group.sets.empty());
  std::size_t ways = 0;
  const signpost::model::Text* last = nullptr;
  for (const RecordSet& set : group.sets) {
    require(last == nullptr || *last < set.set_identifier);
    last = &set.set_identifier;
    require(set.policy.index() == group.sets.front().policy.index());
    require(bool{set.alias} == set.rdata.empty());
    require(set.ttl == (set.alias ? 0 : kTtl));
    if (!set.alias || set.alias->external) {
      ++ways;
      continue;
    }
    require(set.alias->tree != nullptr && set.alias->tree->type == group.type);
    ways += check_tree(*set.alias->tree, depth + 1);
  }
  require(ways <= signpost::policy::kPolicyBranchesMax);
  return ways;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::model::TrafficPolicy policy;
  policy.id = "fuzz";
  policy.document.assign(reinterpret_cast<const char*>(data), size);
  const auto group = signpost::policy::expand_traffic_policy(policy, kTtl);
  const absl::Status status = signpost::policy::check_traffic_policy(policy);
  require(group.status() == status);
  signpost::policy::traffic_policy_warnings(policy);
  if (!group.ok()) {
    const std::string message(status.message());
    require(message.starts_with("traffic policy fuzz/1: InvalidTrafficPolicyDocument: "));
    return 0;
  }
  require((*group)->instance && (*group)->instance->policy == "fuzz");
  check_tree(**group, 1);
  require(**signpost::policy::expand_traffic_policy(policy, kTtl) == **group);
  return 0;
}
