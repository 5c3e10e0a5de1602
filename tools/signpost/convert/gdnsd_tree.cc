#include "signpost/convert/gdnsd_tree.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/name_text.h"
#include "dns/text.h"

namespace signpost::cli::convert {
namespace {

constexpr char kHelpers[] = "._gdnsd";

// A resource's name as a label.
std::string label_of(const std::string& name) {
  std::string label;
  for (const char c : name)
    label += dns::is_letter(c) || dns::is_digit(c) || c == '_' ? dns::to_lower(c) : '-';
  return label;
}

// Whether the tree is one set of records that a branch can have itself.
bool fits_in_a_branch(const Tree& tree) {
  return tree.branches.size() == 1 && tree.branches.front().below == nullptr;
}

}  // namespace

TreePtr simple_tree(std::string name, const std::vector<std::string>& records) {
  auto tree = std::make_shared<Tree>();
  tree->name = std::move(name);
  v1::RecordSet& set = tree->branches.emplace_back().set;
  for (const std::string& record : records) set.add_records(record);
  return tree;
}

TreePtr external_tree(std::string name, const std::string& target) {
  auto tree = std::make_shared<Tree>();
  tree->name = std::move(name);
  tree->branches.emplace_back().set.mutable_alias_target()->set_dns_name(target);
  return tree;
}

Branch branch_to(const TreePtr& tree, bool backs_out) {
  Branch branch;
  if (fits_in_a_branch(*tree)) {
    const v1::RecordSet& only = tree->branches.front().set;
    *branch.set.mutable_records() = only.records();
    if (only.has_alias_target()) *branch.set.mutable_alias_target() = only.alias_target();
    if (!backs_out) return branch;
    branch.set.set_health_check_id(tree->health_check_id.empty() ? only.health_check_id()
                                                                 : tree->health_check_id);
    return branch;
  }
  branch.below = tree;
  v1::AliasTarget* alias = branch.set.mutable_alias_target();
  if (!backs_out) return branch;
  branch.set.set_health_check_id(tree->health_check_id);
  alias->set_evaluate_target_health(tree->health_check_id.empty() && tree->can_fail);
  return branch;
}

absl::Status TreeWriter::write(const Tree& tree, const std::string& owner, dns::RRType type,
                               std::uint32_t ttl) {
  write_sets(tree, owner, type, ttl);
  for (; !pending_.empty(); pending_.pop_front()) {
    const Helper next = pending_.front();
    if (next.owner.size() - std::string_view(kHelpers).size() > dns::kMaxLabelSize)
      return invalid_argument("the name ", next.owner, " would have a label of more than ",
                              dns::kMaxLabelSize, " octets; shorten the resource's name");
    write_sets(*next.tree, next.owner, next.type, next.ttl);
  }
  return absl::OkStatus();
}

void TreeWriter::write_sets(const Tree& tree, const std::string& owner, dns::RRType type,
                            std::uint32_t ttl) {
  for (const Branch& branch : tree.branches) {
    v1::RecordSet* set = zone_.add_record_sets();
    *set = branch.set;
    set->set_name(owner);
    set->set_type(dns::to_text(type));
    if (branch.below != nullptr)
      set->mutable_alias_target()->set_dns_name(helper(branch.below, type, ttl));
    if (!set->has_alias_target()) set->set_ttl(ttl);
  }
}

std::string TreeWriter::helper(const TreePtr& tree, dns::RRType type, std::uint32_t ttl) {
  // An alias has the TTL of its target: records of other TTLs need a target of their own.
  const std::string label = label_of(tree->name);
  const auto [first, is_new] = ttls_.emplace(label, ttl);
  std::string owner =
      absl::StrCat(label, first->second == ttl ? "" : absl::StrCat("-ttl", ttl), kHelpers);
  if (written_.emplace(owner, type).second) pending_.push_back({tree, owner, type, ttl});
  return owner;
}

}  // namespace signpost::cli::convert
