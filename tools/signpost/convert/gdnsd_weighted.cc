#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "signpost/convert/gdnsd_addresses.h"
#include "signpost/convert/gdnsd_pools.h"

namespace signpost::cli::convert {
namespace {

constexpr std::int64_t kWeightMax = 255;
constexpr std::int64_t kGdnsdWeightMax = (1 << 20) - 1;

// Addresses with weights; in groups if the configuration has groups.
struct WeightedPool {
  std::vector<Address> addresses;  // without groups
  std::vector<std::pair<std::string, std::vector<Address>>> groups;

  std::vector<Address> all() const {
    std::vector<Address> all = addresses;
    for (const auto& [name, group] : groups) all.insert(all.end(), group.begin(), group.end());
    return all;
  }
};

absl::Status read_weighted(GdnsdResources& resources, const Stanza& stanza, const Node& entry,
                           dns::RRType type, std::vector<Address>& addresses) {
  if (!entry.is_list() || entry.items.size() != 2) return entry.error("must be [ADDRESS, WEIGHT]");
  ASSIGN_OR_RETURN(const std::string text, entry.items[0].string());
  if (type_of_address(text) != type) return absl::OkStatus();
  ASSIGN_OR_RETURN(Address address,
                   read_address(resources, stanza.scope, entry, entry.items[0], 0));
  ASSIGN_OR_RETURN(address.weight, entry.items[1].integer(1, kGdnsdWeightMax));
  addresses.push_back(std::move(address));
  return absl::OkStatus();
}

absl::StatusOr<WeightedPool> read_pool(GdnsdResources& resources, const Stanza& stanza,
                                       dns::RRType type) {
  WeightedPool pool;
  if (stanza.node == nullptr) return pool;
  for (const Node* entry : entries_of(*stanza.node)) {
    if (!entry->is_map()) {
      RETURN_IF_ERROR(read_weighted(resources, stanza, *entry, type, pool.addresses));
      continue;
    }
    std::vector<Address> group;
    for (const Node& member : entry->items)
      RETURN_IF_ERROR(read_weighted(resources, stanza, member, type, group));
    if (!group.empty()) pool.groups.emplace_back(entry->key, std::move(group));
  }
  return pool;
}

std::int64_t total_weight(const std::vector<Address>& addresses) {
  std::int64_t total = 0;
  for (const Address& address : addresses) total += address.weight;
  return total;
}

bool weights_are_equal(const std::vector<Address>& addresses) {
  return std::all_of(addresses.begin(), addresses.end(), [&](const Address& address) {
    return address.weight == addresses.front().weight;
  });
}

// Weights in the same proportions that fit; rounded, which `rounded` tells, if none do.
std::vector<std::uint32_t> fitted(std::vector<std::int64_t> weights, bool& rounded) {
  std::int64_t divisor = 0;
  for (const std::int64_t weight : weights) divisor = std::gcd(divisor, weight);
  for (std::int64_t& weight : weights) weight /= divisor;
  const std::int64_t most = *std::max_element(weights.begin(), weights.end());
  rounded = most > kWeightMax;
  std::vector<std::uint32_t> fit;
  fit.reserve(weights.size());
  for (const std::int64_t weight : weights)
    fit.push_back(static_cast<std::uint32_t>(
        rounded ? std::max<std::int64_t>(1, (weight * kWeightMax + most / 2) / most) : weight));
  return fit;
}

// Gives each branch its weight.
void set_weights(GdnsdResources& resources, const Node& node, std::vector<std::int64_t> weights,
                 Tree& tree) {
  bool rounded = false;
  const std::vector<std::uint32_t> fit = fitted(std::move(weights), rounded);
  for (std::size_t i = 0; i < fit.size(); ++i)
    tree.branches[i].set.mutable_weighted()->set_weight(fit[i]);
  if (rounded)
    resources.leave_out(node, absl::StrCat("the exact weights; they are scaled to at most ",
                                           kWeightMax, " and rounded"));
}

TreePtr single_tree(GdnsdResources& resources, const std::string& name, const Node& node,
                    const std::vector<Address>& addresses) {
  auto tree = std::make_shared<Tree>();
  tree->name = name;
  std::vector<std::int64_t> weights;
  for (const Address& address : addresses) {
    tree->branches.push_back(branch_of(address));
    weights.push_back(address.weight);
    tree->can_fail = tree->can_fail || !address.check.empty();
  }
  set_weights(resources, node, std::move(weights), *tree);
  return tree;
}

// One of the groups by weight, and of its addresses those that are up.
TreePtr grouped_tree(GdnsdResources& resources, const std::string& name, const Node& node,
                     const WeightedPool& pool) {
  auto tree = std::make_shared<Tree>();
  tree->name = name;
  std::vector<std::int64_t> weights;
  for (const auto& [group, addresses] : pool.groups) {
    const TreePtr below = multivalue_tree(absl::StrCat(name, "-", group), addresses);
    tree->branches.push_back(branch_to(below, true));
    tree->branches.back().set.set_set_identifier(group);
    weights.push_back(total_weight(addresses));
    tree->can_fail = tree->can_fail || below->can_fail;
    if (!weights_are_equal(addresses))
      resources.leave_out(node, absl::StrCat("the weights within the group ", group,
                                             "; all of its addresses that are up are answered"));
    if (below->can_fail && addresses.size() > 1)
      resources.leave_out(node,
                          "that a group's share shrinks with each address that is down; it "
                          "keeps its share until all are");
  }
  set_weights(resources, node, std::move(weights), *tree);
  return tree;
}

// By the weights and modes of gdnsd-plugin-weighted(8), what there is an equal of.
TreePtr tree_of_pool(GdnsdResources& resources, const std::string& name, const Node& node,
                     const WeightedPool& pool, bool multi) {
  if (!multi)
    return pool.groups.empty() ? single_tree(resources, name, node, pool.addresses)
                               : grouped_tree(resources, name, node, pool);
  const std::vector<Address> all = pool.all();
  if (!pool.groups.empty())
    resources.leave_out(node, "that one address of each group is answered; all that are up are");
  if (!weights_are_equal(all))
    resources.leave_out(node,
                        "with multi the odds of each address to be in the answer; all that "
                        "are up are, up to 8");
  return multivalue_tree(name, all);
}

}  // namespace

absl::StatusOr<TreePtr> weighted_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                      dns::RRType type) {
  const Stanza stanza = stanza_of(resource, type);
  ASSIGN_OR_RETURN(WeightedPool pool, read_pool(resources, stanza, type));
  std::vector<Address> all = pool.all();
  if (all.empty()) return TreePtr();
  ASSIGN_OR_RETURN(const bool multi, flag_of(stanza.scope, "multi"));
  ASSIGN_OR_RETURN(const double threshold, threshold_of(stanza.scope));
  const std::vector<std::string> ids = checks_of(all);
  const std::int64_t least = needed(threshold, total_weight(all));
  const std::int64_t lightest =
      std::min_element(all.begin(), all.end(), [](const Address& a, const Address& b) {
        return a.weight < b.weight;
      })->weight;
  if (ids.empty() || lightest >= least)
    return tree_of_pool(resources, resource.name, *stanza.node, pool, multi);
  if (!weights_are_equal(all)) {
    const Node* given = stanza.scope.find("up_thresh");
    resources.leave_out(given == nullptr ? *stanza.node : *given,
                        "up_thresh of weights; Signpost answers what is up, and all only when "
                        "nothing is");
    return tree_of_pool(resources, resource.name, *stanza.node, pool, multi);
  }
  ASSIGN_OR_RETURN(const std::string enough, check_of_pool(resources, resource, type,
                                                           (least + lightest - 1) / lightest, ids));
  const TreePtr up = tree_of_pool(resources, resource.name + "-up", *stanza.node, pool, multi);
  for (Address& address : pool.addresses) address.check.clear();
  for (auto& [name, group] : pool.groups)
    for (Address& address : group) address.check.clear();
  return guarded_tree(resource.name, enough, up,
                      tree_of_pool(resources, resource.name + "-all", *stanza.node, pool, multi));
}

}  // namespace signpost::cli::convert
