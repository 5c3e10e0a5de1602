#include "signpost/convert/gdnsd_addresses.h"

#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace signpost::cli::convert {
namespace {

constexpr double kDefaultThreshold = 0.5;

const char* type_suffix(dns::RRType type) {
  return type == dns::RRType::kA ? "-a" : type == dns::RRType::kAaaa ? "-aaaa" : "-cname";
}

}  // namespace

Stanza stanza_of(const GdnsdResource& resource, dns::RRType type) {
  const GdnsdScope scope = resource.scope.with(resource.node->is_map() ? resource.node : nullptr);
  const Node* v4 = resource.node->find("addrs_v4");
  const Node* v6 = resource.node->find("addrs_v6");
  if (v4 == nullptr && v6 == nullptr) return {resource.node, scope};
  const Node* node = type == dns::RRType::kA ? v4 : type == dns::RRType::kAaaa ? v6 : nullptr;
  return {node, scope.with(node)};
}

std::vector<const Node*> entries_of(const Node& node) {
  if (node.is_map())
    return other_members(node, {"service_types", "up_thresh", "ignore_health", "multi", "plugin"});
  std::vector<const Node*> entries;
  if (node.is_scalar()) entries.push_back(&node);
  for (const Node& item : node.items) entries.push_back(&item);
  return entries;
}

std::vector<std::string> checks_of(const std::vector<Address>& addresses) {
  std::vector<std::string> ids;
  for (const Address& address : addresses)
    if (!address.check.empty()) ids.push_back(address.check);
  return ids;
}

absl::StatusOr<double> threshold_of(const GdnsdScope& scope) {
  const Node* given = scope.find("up_thresh");
  if (given == nullptr) return kDefaultThreshold;
  ASSIGN_OR_RETURN(const double threshold, given->number());
  if (threshold > 0 && threshold <= 1) return threshold;
  return given->error("must be above 0 and at most 1");
}

absl::StatusOr<bool> flag_of(const GdnsdScope& scope, const char* name) {
  const Node* given = scope.find(name);
  if (given == nullptr) return false;
  return given->boolean();
}

absl::StatusOr<Address> read_address(GdnsdResources& resources, const GdnsdScope& scope,
                                     const Node& entry, const Node& text, std::size_t position) {
  Address address;
  address.label = entry.key.empty() ? absl::StrCat(position) : entry.key;
  ASSIGN_OR_RETURN(address.text, text.string());
  ASSIGN_OR_RETURN(address.check,
                   resources.checks().check(scope.find("service_types"), address.text));
  return address;
}

Branch branch_of(const Address& address) {
  Branch branch;
  branch.set.set_set_identifier(address.label);
  branch.set.set_health_check_id(address.check);
  branch.set.add_records(address.text);
  return branch;
}

TreePtr multivalue_tree(const std::string& name, const std::vector<Address>& addresses) {
  auto tree = std::make_shared<Tree>();
  tree->name = name;
  for (const Address& address : addresses) {
    Branch& branch = tree->branches.emplace_back(branch_of(address));
    branch.set.mutable_multivalue();
    tree->can_fail = tree->can_fail || !address.check.empty();
  }
  return tree;
}

TreePtr guarded_tree(const std::string& name, const std::string& check, const TreePtr& pool,
                     const TreePtr& all) {
  auto tree = std::make_shared<Tree>();
  tree->name = name;
  Branch& up = tree->branches.emplace_back(branch_to(pool, false));
  up.set.set_set_identifier("enough-are-up");
  up.set.set_health_check_id(check);
  up.set.mutable_failover()->set_role(v1::PRIMARY);
  Branch& rest = tree->branches.emplace_back(branch_to(all, false));
  rest.set.set_set_identifier("all");
  rest.set.mutable_failover()->set_role(v1::SECONDARY);
  tree->can_fail = true;
  tree->health_check_id = check;
  return tree;
}

std::int64_t needed(double threshold, std::int64_t total) {
  return static_cast<std::int64_t>(std::ceil(threshold * static_cast<double>(total)));
}

absl::StatusOr<std::string> check_of_pool(GdnsdResources& resources, const GdnsdResource& resource,
                                          dns::RRType type, std::int64_t least,
                                          const std::vector<std::string>& checks) {
  return resources.checks().at_least(static_cast<std::uint32_t>(least), checks,
                                     resource.name + type_suffix(type), *resource.node);
}

}  // namespace signpost::cli::convert
