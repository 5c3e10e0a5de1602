#include "policy/name_tree.h"

namespace signpost::policy {

using dns::Name;
using dns::NameView;
using dns::RRType;
using model::Node;
using model::NodePtr;
using model::Zone;
using model::ZonePtr;

namespace {

bool is_real(const Node& node) {
  return node.is_apex || node.has_records || node.real_children > 0;
}

bool covers(const Node& node) { return node.is_zone_cut || static_cast<bool>(node.dname_target); }

// What a node adds to its parent's counts.
struct Weight {
  int linked = 0;
  int real = 0;
  friend bool operator==(const Weight&, const Weight&) = default;
};

Weight weight_of(const NameTree::Changed& changed) {
  const Node& node = *changed.node;
  return {changed.linked ? 1 : 0, changed.linked && !node.is_apex && is_real(node) ? 1 : 0};
}

model::Boxed<Name> dname_target(const model::OwnerRecords& records) {
  const model::RecordGroup* group = records.group(RRType::kDname);
  if (group == nullptr) return {};
  auto target = Name::from_wire(group->sets.front().rdata.front());
  return target.ok() ? model::Boxed<Name>(*std::move(target)) : model::Boxed<Name>();
}

}  // namespace

void HiddenNames::set(const Name& owner, const std::optional<Name>& cover) {
  if (auto old = cover_of_.find(owner); old != cover_of_.end()) {
    auto names = hidden_by_.find(old->second);
    names->second.erase(owner);
    if (names->second.empty()) hidden_by_.erase(names);
    cover_of_.erase(old);
  }
  if (!cover) return;
  cover_of_.emplace(owner, *cover);
  hidden_by_[*cover].insert(owner);
}

std::vector<Name> HiddenNames::hidden_by(const Name& cover) const {
  auto names = hidden_by_.find(cover);
  if (names == hidden_by_.end()) return {};
  return {names->second.begin(), names->second.end()};
}

std::optional<Name> cover_of(const Zone& zone, const Name& owner) {
  std::optional<NameView> cover;  // the highest that covers
  NameView above(owner);
  for (std::size_t left = owner.label_count() - zone.apex.label_count(); left-- > 0;) {
    above = above.parent();
    const model::OwnerRecordsPtr* records = zone.owners.find(above);
    if (records == nullptr) continue;
    const bool is_cut = left > 0 && (*records)->group(RRType::kNs) != nullptr;
    if (is_cut || (*records)->group(RRType::kDname) != nullptr) cover = above;
  }
  return cover ? std::optional(cover->name()) : std::nullopt;
}

NameTree::NameTree(const model::Config& config, Nodes nodes, const HiddenNames& hidden)
    : config_(config), before_(nodes), nodes_(std::move(nodes)), hidden_(hidden) {}

NameTree::Changed& NameTree::edit(NameView name) {
  const auto known = changed_by_name_.find(name);
  return known != changed_by_name_.end() ? **known : edit_first(name.name());
}

// The name is that of the configuration, whose octets the table shares.
NameTree::Changed& NameTree::edit(const Name& name) {
  const auto known = changed_by_name_.find(NameView(name));
  return known != changed_by_name_.end() ? **known : edit_first(name);
}

NameTree::Changed& NameTree::edit_first(const Name& name) {
  const NodePtr* old = before_.find(name);
  Changed& changed = changed_.emplace_back();
  changed.name = name;
  changed.linked = old != nullptr;
  changed.node = old != nullptr ? std::make_shared<Node>(**old) : std::make_shared<Node>();
  changed_by_name_.insert(&changed);
  return changed;
}

// Sets what a node is in itself and carries the consequences up: parents come and go with their
// children.
void NameTree::relink(Changed& placed, bool has_records, bool is_apex) {
  NameView at(placed.name);
  Changed* changed = &placed;
  Weight before = weight_of(*changed);
  bool was_real = is_real(*changed->node);
  changed->node->has_records = has_records;
  changed->node->is_apex = is_apex;
  while (true) {
    Node& node = *changed->node;
    changed->linked = node.is_apex || node.has_records || node.children > 0;
    const Weight now = weight_of(*changed);
    if (was_real != is_real(node) && node.children > 0) revisit_void_nodes_below(changed->name);
    if (at.is_root() || now == before) return;
    const bool is_wildcard = at.is_wildcard();
    at = at.parent();
    Changed& parent = edit(at);
    const Weight parent_before = weight_of(parent);
    was_real = is_real(*parent.node);
    parent.node->children += static_cast<std::uint32_t>(now.linked - before.linked);
    parent.node->real_children += static_cast<std::uint32_t>(now.real - before.real);
    if (is_wildcard) parent.node->has_wildcard = now.real == 1;
    changed = &parent;
    before = parent_before;
  }
}

void NameTree::detach(const Name& owner) {
  if (before_.find(owner) == nullptr) return;
  Changed& changed = edit(owner);
  changed.node->is_zone_cut = false;
  changed.node->dname_target = {};
  relink(changed, false, false);
}

void NameTree::place(const Name& owner) {
  const ZonePtr zone = config_.zone_of(owner);
  const bool is_apex = zone != nullptr && zone->apex == owner;
  const model::OwnerRecordsPtr* records = zone == nullptr ? nullptr : zone->owners.find(owner);
  const std::optional<Name> cover = records == nullptr ? std::nullopt : cover_of(*zone, owner);
  if (cover || hidden_.is_hidden(owner)) hidden_changes_.emplace_back(owner, cover);

  const bool visible = records != nullptr && !cover;
  Changed& changed = edit(owner);
  Node& node = *changed.node;
  const bool covered_before = covers(node);
  relink(changed, visible, is_apex);
  node.is_zone_cut = visible && !is_apex && (*records)->group(RRType::kNs) != nullptr;
  node.dname_target = visible ? dname_target(**records) : model::Boxed<Name>();
  place_covered(owner, covered_before, covers(node));
}

void NameTree::place_covered(const Name& cover, bool covered_before, bool covers_now) {
  if (covered_before && !covers_now) {
    for (const Name& name : hidden_.hidden_by(cover)) place(name);
  }
  if (covered_before || !covers_now) return;
  const NodePtr* old = before_.find(cover);
  if (old == nullptr || (*old)->children == 0) return;
  const ZonePtr zone = config_.zone_of(cover);
  zone->owners.for_each([&](const Name& name, const model::OwnerRecordsPtr&) {
    if (name.is_at_or_below(cover) && !(name == cover)) place(name);
  });
}

// Void nodes exist only above the apex of a deeper zone, and name their closest encloser. That is
// `name` only for those that lead up to it through void nodes alone: without a child that is void,
// or an apex, there are none, and no need to go through all zones.
void NameTree::revisit_void_nodes_below(const Name& name) {
  const NodePtr* node = before_.find(name);
  if (node == nullptr || (*node)->children == (*node)->real_children) return;
  const std::size_t top = name.label_count();
  config_.zones.for_each([&](const Name& apex, const ZonePtr&) {
    if (!apex.is_at_or_below(name)) return;
    for (std::size_t labels = apex.label_count(); labels-- > top + 1;) {
      const Name between = apex.suffix(labels);
      if (before_.find(between) != nullptr) edit(between);
    }
  });
}

void NameTree::finish() {
  for (Changed& changed : changed_) {
    if (!changed.linked) {
      nodes_.erase(changed.name);
      continue;
    }
    const ZonePtr zone = config_.zone_of(changed.name);
    changed.node->zone = zone == nullptr ? 0 : zone->id;
    changed.node->is_void = !is_real(*changed.node);
    nodes_.set(changed.name, changed.node);
  }
  for (Changed& changed : changed_) {
    changed.node->encloser_labels = 0;
    if (changed.linked && changed.node->is_void) finish_void(changed.name, *changed.node);
  }
}

void NameTree::finish_void(const Name& name, Node& node) const {
  if (node.zone == 0) return;
  for (std::size_t labels = name.label_count(); labels-- > 0;) {
    if (!(*nodes_.find(name.suffix(labels)))->is_void) {
      node.encloser_labels = static_cast<std::uint32_t>(labels);
      return;
    }
  }
}

Node* NameTree::edit_linked(const Name& name) {
  if (auto known = changed_by_name_.find(NameView(name)); known != changed_by_name_.end()) {
    return (*known)->linked ? (*known)->node.get() : nullptr;
  }
  if (nodes_.find(name) == nullptr) return nullptr;
  Changed& changed = edit(name);
  nodes_.set(name, changed.node);
  return changed.node.get();
}

}  // namespace signpost::policy
