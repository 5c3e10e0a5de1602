// The traffic policy document, read and checked by itself (route53-semantics 4).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/config.h"

namespace signpost::policy {

struct PolicyEndpoint {
  model::RdataList rdata;  // empty: an alias
  dns::Name alias;         // folded
};

// A branch of a rule.
struct PolicyItem {
  std::string path;      // in the document: "Rules.selector.Regions[1]"
  std::string endpoint;  // id; empty: `rule`
  std::string rule;      // id
  std::optional<bool> evaluate_target_health;
  std::string health_check_id;
  model::Policy policy;
};

struct PolicyRule {
  std::string path;
  std::vector<PolicyItem> items;  // at least one, all of one policy
};

struct PolicyDocument {
  dns::RRType type{};
  std::string start_endpoint;                       // id; empty: `start_rule`
  std::string start_rule;                           // id
  std::map<std::string, PolicyEndpoint> endpoints;  // by id
  std::map<std::string, PolicyRule> rules;          // by id
};

// Both format versions, 2015-10-01 and 2023-05-09. Ours beyond AWS's: the Value of an endpoint of
// type value may be an array, of several records. INVALID_ARGUMENT with the path of what is wrong
// in the document. References are not followed.
absl::StatusOr<PolicyDocument> parse_policy_document(std::string_view text);

}  // namespace signpost::policy
