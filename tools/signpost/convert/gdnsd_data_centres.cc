#include "signpost/convert/gdnsd_data_centres.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"

namespace signpost::cli::convert {
namespace {

// Whether the data centre is a name elsewhere, which the resource answers as a CNAME.
bool is_name(const Node& node) {
  return node.is_scalar() && !node.text.starts_with('%') && !node.text.starts_with('!') &&
         type_of_address(node.text) == dns::RRType::kCname;
}

// The resource that stands for a data centre: a reference, or one that its plugin's configuration
// is made from (gdnsd-plugin-metafo(8), "PER-DATACENTER RESOLUTION").
absl::StatusOr<GdnsdResource> resource_of(const GdnsdResources& resources,
                                          const GdnsdResource& owner, const Node& node) {
  const GdnsdScope scope = owner.scope.with(owner.node);
  const Node* by_default = scope.find("plugin");
  std::string plugin = by_default == nullptr ? "multifo" : by_default->text;
  if (node.is_scalar() && (node.text.starts_with('%') || node.text.starts_with('!'))) {
    const std::size_t mark = node.text.find('!');
    if (mark == std::string::npos) return node.error("must be %PLUGIN!RESOURCE or !RESOURCE");
    if (mark > 0) plugin = node.text.substr(1, mark - 1);
    return resources.find(plugin, node.text.substr(mark + 1), node.place());
  }
  if (!node.is_map()) plugin = "multifo";
  if (const Node* own = node.find("plugin")) plugin = own->text;
  return GdnsdResource{plugin, absl::StrCat(owner.name, "-", node.key), &node,
                       GdnsdScope().with(resources.plugin(plugin)).with_all(scope)};
}

}  // namespace

absl::StatusOr<DataCentres> DataCentres::read(GdnsdResources& resources,
                                              const GdnsdResource& resource, dns::RRType type) {
  DataCentres all(resources, resource);
  ASSIGN_OR_RETURN(const Node* dcmap, resource.node->required("dcmap"));
  std::vector<const Node*> names;
  std::vector<const Node*> without;
  for (const Node& node : dcmap->items) {
    if (is_name(node)) {
      names.push_back(&node);
      continue;
    }
    ASSIGN_OR_RETURN(const GdnsdResource below, resource_of(resources, resource, node));
    ASSIGN_OR_RETURN(TreePtr tree, resources.tree(below, type, true));
    if (tree == nullptr) without.push_back(&node);
    if (tree != nullptr) all.trees_[node.key] = std::move(tree);
  }
  const bool is_cname = type == dns::RRType::kCname;
  // A resource answers with CNAME records only if it has nothing else to answer with.
  if (is_cname && !without.empty()) all.trees_.clear();
  if (is_cname ? !without.empty() : all.trees_.empty()) return all;
  for (const Node* node : without)
    resources.leave_out(*node, absl::StrCat("that it answers nothing for ", dns::to_text(type),
                                            " while it is up; the next data centre answers"));
  for (const Node* node : names) {
    const std::string name = absl::StrCat(resource.name, "-", node->key);
    all.trees_[node->key] =
        is_cname ? simple_tree(name, {node->text}) : external_tree(name, node->text);
    if (!is_cname)
      resources.leave_out(*node, absl::StrCat("the CNAME to ", node->text,
                                              "; signpostd --resolver looks its addresses up and "
                                              "answers with these"));
  }
  return all;
}

TreePtr DataCentres::find(const std::string& name) const {
  const auto at = trees_.find(name);
  return at == trees_.end() ? nullptr : at->second;
}

TreePtr DataCentres::in_order(const std::vector<std::string>& names) {
  std::vector<std::string> present = names;
  std::erase_if(present, [&](const std::string& name) { return !trees_.contains(name); });
  if (present.empty()) return nullptr;
  TreePtr& tree = orders_[present];
  if (tree == nullptr)
    tree = chain(absl::StrCat(resource_.name, "-order", orders_.size()), present);
  return tree;
}

// Two sets by failover, of which the second leads to the rest of the order. It counts as failed
// when all of that has, so that the first answers then.
TreePtr DataCentres::chain(const std::string& name, std::vector<std::string> names) const {
  TreePtr first = trees_.at(names.front());
  if (!first->can_fail && names.size() > 1) {
    resources_.leave_out(
        *resource_.node,
        absl::StrCat("what follows ", names.front(), " in ", absl::StrJoin(names, ", "),
                     "; it never answers, because nothing monitors the former"));
    names.resize(1);
  }
  if (names.size() == 1) return first;
  auto tree = std::make_shared<Tree>();
  tree->name = name;
  const std::vector<std::string> others(names.begin() + 1, names.end());
  const TreePtr rest = chain(name + "-rest", others);
  tree->branches.push_back(branch_to(first, true));
  tree->branches.back().set.set_set_identifier(names.front());
  tree->branches.back().set.mutable_failover()->set_role(v1::PRIMARY);
  tree->branches.push_back(branch_to(rest, true));
  tree->branches.back().set.set_set_identifier(absl::StrJoin(others, ","));
  tree->branches.back().set.mutable_failover()->set_role(v1::SECONDARY);
  tree->can_fail = rest->can_fail;
  return tree;
}

}  // namespace signpost::cli::convert
