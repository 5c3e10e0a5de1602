#include "policy/traffic_policy.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "policy/record_rules_group.h"
#include "policy/traffic_policy_document.h"
#include "policy/traffic_policy_json.h"

namespace signpost::policy {

using model::RecordGroup;
using model::RecordGroupPtr;
using model::RecordSet;
using model::TrafficPolicy;

namespace {

constexpr std::size_t kIdMax = 128;
constexpr std::size_t kNameMax = 512;
constexpr std::size_t kCommentMax = 1024;

absl::Status check_endpoint_reference(const PolicyDocument& document, const std::string& path,
                                      const std::string& id) {
  if (document.endpoints.contains(id)) return absl::OkStatus();
  return invalid_argument(path, ": there is no endpoint \"", id, "\" under Endpoints");
}

absl::Status check_rule_reference(const PolicyDocument& document, const std::string& path,
                                  const std::string& id) {
  if (document.rules.contains(id)) return absl::OkStatus();
  return invalid_argument(path, ": there is no rule \"", id, "\" under Rules");
}

absl::Status check_references(const PolicyDocument& document) {
  if (document.start_rule.empty()) {
    RETURN_IF_ERROR(check_endpoint_reference(document, "StartEndpoint", document.start_endpoint));
  } else {
    RETURN_IF_ERROR(check_rule_reference(document, "StartRule", document.start_rule));
  }
  for (const auto& [id, rule] : document.rules) {
    for (const PolicyItem& item : rule.items) {
      if (item.rule.empty()) {
        RETURN_IF_ERROR(
            check_endpoint_reference(document, item.path + ".EndpointReference", item.endpoint));
      } else {
        RETURN_IF_ERROR(check_rule_reference(document, item.path + ".RuleReference", item.rule));
      }
    }
  }
  return absl::OkStatus();
}

// Finds cycles, and how deep and wide the tree below each rule is. References must be checked.
class ShapeCheck {
 public:
  explicit ShapeCheck(const PolicyDocument& document) : document_(document) {}

  absl::Status check() {
    for (const auto& [id, rule] : document_.rules) {
      RETURN_IF_ERROR(visit(id));
      const Shape& shape = shapes_.at(id);
      if (shape.depth > kPolicyDepthMax) {
        return invalid_argument(rule.path, ": more than ", kPolicyDepthMax,
                                " rules one below another");
      }
      if (shape.branches > kPolicyBranchesMax) {
        return invalid_argument(rule.path, ": more than ", kPolicyBranchesMax,
                                " ways to an endpoint");
      }
    }
    return absl::OkStatus();
  }

 private:
  struct Shape {
    std::size_t depth = 1;
    std::size_t branches = 0;  // no more than one above the limit
  };

  absl::Status visit(const std::string& id) {
    if (shapes_.contains(id)) return absl::OkStatus();
    way_.push_back(id);
    Shape shape;
    for (const PolicyItem& item : document_.rules.at(id).items) {
      Shape below{0, 1};
      if (!item.rule.empty()) {
        RETURN_IF_ERROR(check_no_cycle(item));
        RETURN_IF_ERROR(visit(item.rule));
        below = shapes_.at(item.rule);
      }
      shape.depth = std::max(shape.depth, below.depth + 1);
      shape.branches = std::min(shape.branches + below.branches, kPolicyBranchesMax + 1);
    }
    way_.pop_back();
    shapes_.emplace(id, shape);
    return absl::OkStatus();
  }

  absl::Status check_no_cycle(const PolicyItem& item) const {
    const auto at = std::find(way_.begin(), way_.end(), item.rule);
    if (at == way_.end()) return absl::OkStatus();
    return invalid_argument(item.path,
                            ".RuleReference: a cycle: ", absl::StrJoin(at, way_.end(), " -> "),
                            " -> ", item.rule);
  }

  const PolicyDocument& document_;
  std::map<std::string, Shape> shapes_;
  std::vector<std::string> way_;  // of rules to where visit() is
};

// `id`, or with a number behind it the first that is not in `taken`.
std::string distinct_identifier(const std::string& id, std::set<std::string>& taken) {
  std::string identifier = id;
  for (std::size_t number = 2; !taken.insert(identifier).second; ++number)
    identifier = absl::StrCat(id, " #", number);
  return identifier;
}

// Makes the groups of the rules. The document must have passed check_references() and ShapeCheck.
class Expander {
 public:
  // `config` may be null: what the document names there counts as existing.
  Expander(const PolicyDocument& document, const model::Config* config, std::uint32_t ttl)
      : document_(document), config_(config), ttl_(ttl) {}

  // Of all rules, also those that nothing leads to.
  absl::Status check_rules() {
    for (const auto& [id, rule] : document_.rules) RETURN_IF_ERROR(rule_group(id).status());
    return absl::OkStatus();
  }

  absl::StatusOr<RecordGroup> start() {
    if (!document_.start_rule.empty()) {
      ASSIGN_OR_RETURN(const RecordGroupPtr group, rule_group(document_.start_rule));
      return *group;
    }
    RecordGroup group;
    group.type = document_.type;
    group.sets.push_back(endpoint_set(document_.start_endpoint, false));
    return group;
  }

 private:
  absl::StatusOr<RecordGroupPtr> rule_group(const std::string& id) {
    if (const auto at = groups_.find(id); at != groups_.end()) return at->second;
    const PolicyRule& rule = document_.rules.at(id);
    RecordGroup group;
    group.type = document_.type;
    std::set<std::string> taken;
    for (const PolicyItem& item : rule.items) {
      ASSIGN_OR_RETURN(RecordSet set, item_set(item));
      set.set_identifier =
          distinct_identifier(item.rule.empty() ? item.endpoint : item.rule, taken);
      group.sets.push_back(std::move(set));
    }
    RETURN_IF_ERROR(check_group(id, rule, group));
    std::sort(group.sets.begin(), group.sets.end(), [](const RecordSet& a, const RecordSet& b) {
      return a.set_identifier < b.set_identifier;
    });
    auto shared = std::make_shared<const RecordGroup>(std::move(group));
    groups_.emplace(id, shared);
    return shared;
  }

  absl::StatusOr<RecordSet> item_set(const PolicyItem& item) {
    RecordSet set;
    const bool evaluate = item.evaluate_target_health.value_or(false);
    if (item.rule.empty()) {
      set = endpoint_set(item.endpoint, evaluate);
    } else {
      model::AliasTarget target;
      ASSIGN_OR_RETURN(target.tree, rule_group(item.rule));
      target.evaluate_target_health = evaluate;
      set.alias = std::move(target);
    }
    set.policy = item.policy;
    set.health_check_id = item.health_check_id;
    if (config_ != nullptr && !item.health_check_id.empty() &&
        config_->health_checks.find(item.health_check_id) == nullptr) {
      return invalid_argument(item.path, ".HealthCheck: health check ", item.health_check_id,
                              " does not exist; define it under health_checks");
    }
    return set;
  }

  RecordSet endpoint_set(const std::string& id, bool evaluate_target_health) const {
    const PolicyEndpoint& endpoint = document_.endpoints.at(id);
    RecordSet set;
    if (!endpoint.rdata.empty()) {
      set.rdata = endpoint.rdata;
      set.ttl = ttl_;
      return set;
    }
    model::AliasTarget target;
    target.name = endpoint.alias;
    target.external = true;
    target.evaluate_target_health = evaluate_target_health;
    set.alias = std::move(target);
    return set;
  }

  // The sets of `group` are in the order of the rule's items.
  absl::Status check_group(const std::string& id, const PolicyRule& rule,
                           const RecordGroup& group) const {
    absl::Status status;
    GroupVoice voice;
    voice.group = absl::StrCat("rule ", id, ", type ", dns::to_text(group.type));
    voice.name = [](const RecordSet&) { return "the item"; };
    voice.report = [&](const RecordSet& set, const std::string& sentence) {
      status.Update(invalid_argument(rule.items[&set - group.sets.data()].path, ": ", sentence));
    };
    check_policies(group, config_, voice);
    return status;
  }

  const PolicyDocument& document_;
  const model::Config* config_;
  std::uint32_t ttl_;
  std::map<std::string, RecordGroupPtr> groups_;
};

absl::StatusOr<RecordGroup> expand_document(const TrafficPolicy& policy,
                                            const model::Config* config, std::uint32_t ttl) {
  ASSIGN_OR_RETURN(const PolicyDocument document, parse_policy_document(policy.document));
  RETURN_IF_ERROR(check_references(document));
  RETURN_IF_ERROR(ShapeCheck(document).check());
  Expander expander(document, config, ttl);
  RETURN_IF_ERROR(expander.check_rules());
  return expander.start();
}

absl::StatusOr<RecordGroup> expand(const TrafficPolicy& policy, const model::Config* config,
                                   std::uint32_t ttl) {
  absl::StatusOr<RecordGroup> group = expand_document(policy, config, ttl);
  if (!group.ok()) {
    return annotate(
        group.status(),
        absl::StrCat("traffic policy ", model::traffic_policy_key(policy.id, policy.version),
                     ": InvalidTrafficPolicyDocument"));
  }
  return group;
}

absl::Status check(const TrafficPolicy& policy, const model::Config* config) {
  if (policy.id.empty() || policy.id.size() > kIdMax || policy.id.find('/') != std::string::npos) {
    return invalid_argument("traffic policy \"", policy.id, "\": the id must have 1 to ", kIdMax,
                            " octets and no \"/\"");
  }
  const std::string key = model::traffic_policy_key(policy.id, policy.version);
  if (policy.version == 0)
    return invalid_argument("traffic policy ", key, ": versions begin with 1");
  if (policy.name.size() > kNameMax) {
    return invalid_argument("traffic policy ", key, ": the name has more than ", kNameMax,
                            " octets");
  }
  if (policy.comment.size() > kCommentMax) {
    return invalid_argument("traffic policy ", key, ": the comment has more than ", kCommentMax,
                            " octets");
  }
  return expand(policy, config, 0).status();
}

// Rules and endpoints that the start leads to.
class Reach {
 public:
  explicit Reach(const PolicyDocument& document) : document_(document) {
    if (!document.start_endpoint.empty()) endpoints_.insert(document.start_endpoint);
    if (!document.start_rule.empty()) visit(document.start_rule);
  }

  bool has_rule(const std::string& id) const { return rules_.contains(id); }
  bool has_endpoint(const std::string& id) const { return endpoints_.contains(id); }

 private:
  void visit(const std::string& id) {
    if (!rules_.insert(id).second) return;
    for (const PolicyItem& item : document_.rules.at(id).items) {
      if (item.rule.empty()) {
        endpoints_.insert(item.endpoint);
      } else {
        visit(item.rule);
      }
    }
  }

  const PolicyDocument& document_;
  std::set<std::string> rules_;
  std::set<std::string> endpoints_;
};

}  // namespace

absl::StatusOr<RecordGroupPtr> expand_traffic_policy(const TrafficPolicy& policy,
                                                     std::uint32_t ttl) {
  ASSIGN_OR_RETURN(RecordGroup group, expand(policy, nullptr, ttl));
  group.instance = model::TrafficPolicyInstance{policy.id, policy.version, ttl};
  return std::make_shared<const RecordGroup>(std::move(group));
}

absl::Status check_traffic_policy(const TrafficPolicy& policy) { return check(policy, nullptr); }

absl::Status check_traffic_policy(const TrafficPolicy& policy, const model::Config& config) {
  return check(policy, &config);
}

std::vector<std::string> traffic_policy_warnings(const TrafficPolicy& policy) {
  std::vector<std::string> found;
  const auto document = parse_policy_document(policy.document);
  if (!document.ok() || !check_references(*document).ok()) return found;
  const Reach reach(*document);
  for (const auto& [id, rule] : document->rules) {
    if (!reach.has_rule(id)) found.push_back(absl::StrCat(rule.path, ": nothing leads to it"));
    for (const PolicyItem& item : rule.items) {
      if (item.rule.empty() || item.evaluate_target_health) continue;
      found.push_back(absl::StrCat(item.path,
                                   ": without EvaluateTargetHealth the branch is taken even while "
                                   "all of it is unhealthy"));
    }
  }
  for (const auto& [id, endpoint] : document->endpoints) {
    if (!reach.has_endpoint(id))
      found.push_back(absl::StrCat(member_path("Endpoints", id), ": nothing leads to it"));
  }
  return found;
}

}  // namespace signpost::policy
