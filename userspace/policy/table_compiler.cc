#include "policy/table_compiler.h"

#include <algorithm>

#include "model/values_of.h"
#include "policy/overridden_owners.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;
using model::AnswerTable;
using model::Config;
using model::Node;
using model::NodePtr;
using model::Observations;
using model::ZonePtr;

namespace {

using NameRefs = std::vector<const Name*>;

void add_owners_below(const model::Zone& zone, const Name& top, NameRefs& owners) {
  zone.owners.for_each([&](const Name& owner, const model::OwnerRecordsPtr&) {
    if (owner.is_at_or_below(top)) owners.push_back(&owner);
  });
}

// Leaves each of the names, which are folded, once, in the order in which the maps of names hold
// them.
void sort_out(NameRefs& names) {
  std::vector<std::pair<std::uint64_t, const Name*>> ordered;
  ordered.reserve(names.size());
  for (const Name* name : names) ordered.emplace_back(Nodes::order_of(*name), name);
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second->wire() < b.second->wire();
  });
  names.clear();
  for (const auto& [order, name] : ordered) {
    if (names.empty() || !(*names.back() == *name)) names.push_back(name);
  }
}

// Whether names below find their way as before. An apex without records is that of a zone which
// gives no answers.
bool same_place(const Node& a, const Node& b) {
  return a.is_void == b.is_void && a.zone == b.zone && a.is_zone_cut == b.is_zone_cut &&
         a.dname_target == b.dname_target && (!a.is_apex || a.has_records == b.has_records);
}

// What a batch names: owners whose records it touches, and apexes of zones that come or go.
struct Touched {
  NameRefs owners;
  std::set<Name> zones;
};

struct TouchedVisitor {
  Touched& touched;
  void operator()(const model::PutZone& put) const { touched.zones.insert(put.zone.apex); }
  void operator()(const model::DeleteZone& removal) const { touched.zones.insert(removal.apex); }
  void operator()(const model::PutGroup& put) const { touched.owners.push_back(&put.owner); }
  void operator()(const model::DeleteGroup& removal) const {
    touched.owners.push_back(&removal.owner);
  }
  // Health, localities and traffic policies come by ways of their own.
  template <typename Other>
  void operator()(const Other&) const {}
};

Touched touched_by(const model::ChangeBatch& batch) {
  Touched touched;
  touched.owners.reserve(batch.changes.size());
  for (const model::Change& change : batch.changes) std::visit(TouchedVisitor{touched}, change);
  return touched;
}

bool moves_regions(const model::ChangeBatch& batch) {
  return std::any_of(batch.changes.begin(), batch.changes.end(), [](const model::Change& change) {
    return std::holds_alternative<model::PutRegion>(change) ||
           std::holds_alternative<model::DeleteRegion>(change);
  });
}

bool changes_views(const model::ChangeBatch& batch) {
  return std::any_of(batch.changes.begin(), batch.changes.end(), [](const model::Change& change) {
    return std::holds_alternative<model::PutView>(change) ||
           std::holds_alternative<model::DeleteView>(change);
  });
}

// Views of equal networks stay the same object.
model::ViewMapPtr views_of(const Config& config, const model::ViewMapPtr& former) {
  auto fresh = std::make_shared<const model::ViewMap>(model::values_of(config.views));
  return *fresh == *former ? former : fresh;
}

ZonePtr zone_at(const Config& config, const Name& apex) {
  const ZonePtr* zone = config.zones.find(apex);
  return zone == nullptr ? nullptr : *zone;
}

}  // namespace

TableCompiler::TableCompiler(IdRegistry& ids)
    : ids_(ids),
      partitioner_(std::make_unique<Partitioner>(model::LocalityMap::nowhere())),
      table_(std::make_shared<AnswerTable>()) {}

// Returns all owners placed.
TableCompiler::NameRefs TableCompiler::place_touched(const Config& config,
                                                     const model::ChangeBatch& batch,
                                                     NameTree& tree) const {
  Touched touched = touched_by(batch);
  for (const Name& apex : touched.zones) {
    const ZonePtr old_zone = zone_at(config_, apex);
    const ZonePtr new_zone = zone_at(config, apex);
    const bool stays = old_zone == nullptr ? new_zone == nullptr
                                           : new_zone != nullptr && new_zone->id == old_zone->id;
    if (stays) continue;
    // Names move between this zone and the one around it.
    NameRefs moving;
    for (const Config* side : {&config_, &config}) {
      for (const ZonePtr& zone :
           {zone_at(*side, apex), apex.is_root() ? nullptr : side->zone_of(apex.parent())}) {
        if (zone != nullptr) add_owners_below(*zone, apex, moving);
      }
    }
    for (const Name* owner : moving) tree.detach(*owner);
    touched.owners.insert(touched.owners.end(), moving.begin(), moving.end());
    // A zone without records has its apex all the same.
    touched.owners.push_back(&(new_zone != nullptr ? new_zone : old_zone)->apex);
  }
  sort_out(touched.owners);
  tree.reserve(touched.owners.size());
  for (const Name* owner : touched.owners) tree.place(*owner);
  return std::move(touched.owners);
}

// Names whose aliases or referrals lead to what changed: to a touched owner itself, or, where a
// name came, went or changed what lies below it, to anything below. A wildcard stands for all that
// is below its parent.
std::set<Name> TableCompiler::followers_of(const NameRefs& owners, const NameTree& tree) const {
  std::set<Name> found;
  if (index_.has_no_followers()) return found;
  const auto add = [&](const std::vector<Name>& names) {
    found.insert(names.begin(), names.end());
  };
  for (const Name* owner : owners) {
    add(owner->is_wildcard() ? index_.followers_below(owner->parent()) : index_.followers(*owner));
  }
  for (const NameTree::Changed& changed : tree.changed()) {
    const Name& name = changed.name;
    const NodePtr* old = table_->nodes.find(name);
    // Public replies do not go on into a private zone (policy::follow).
    const bool was_apex = old != nullptr && (*old)->is_apex;
    if (!name.is_public() && was_apex != (changed.linked && changed.node->is_apex))
      add(index_.followers_below(name.in(dns::NameSpace())));
    if (old != nullptr && changed.linked && same_place(**old, *changed.node)) continue;
    add(index_.followers_below(name.is_wildcard() ? name.parent() : name));
  }
  return found;
}

CompiledTable TableCompiler::compile_batch(const Config& config, const Observations& seen,
                                           const model::ChangeBatch& batch) {
  pending_ = Pending();
  return compile_pending(config, seen, batch);
}

// A registry of limit 1 has no ids to give.
CompiledTable TableCompiler::preview_batch(const Config& config, const Observations& seen,
                                           const model::ChangeBatch& batch,
                                           model::LocalityMapPtr localities) {
  pending_ = Pending();
  pending_.no_ids = std::make_unique<IdRegistry>(1, 1);
  if (localities != nullptr)
    pending_.partitioner = std::make_unique<Partitioner>(std::move(localities));
  CompiledTable preview = compile_pending(config, seen, batch);
  pending_ = Pending();
  return preview;
}

// Compiles a batch with what pending_ says of ids and localities.
CompiledTable TableCompiler::compile_pending(const Config& config, const Observations& seen,
                                             const model::ChangeBatch& batch) {
  NameTree tree(config, table_->nodes, hidden_);
  const NameRefs placed = place_touched(config, batch, tree);
  tree.finish();
  std::set<Name> recompose = followers_of(placed, tree);
  if (changes_views(batch)) pending_.views = views_of(config, table_->views);
  if (moves_regions(batch) || pending_.partitioner)
    recompose.insert(index_.by_client().begin(), index_.by_client().end());
  return finish(config, seen, tree, recompose, *table_);
}

CompiledTable TableCompiler::compile_external(const Config& config, const Observations& seen,
                                              const std::vector<std::string>& externals) {
  pending_ = Pending();
  NameTree tree(config, table_->nodes, hidden_);
  std::set<Name> recompose;
  for (const std::string& external : externals) {
    for (const Name& owner : index_.users_of(external)) recompose.insert(owner);
  }
  return finish(config, seen, tree, recompose, *table_);
}

CompiledTable TableCompiler::compile_localities(const Config& config, const Observations& seen,
                                                model::LocalityMapPtr localities) {
  pending_ = Pending();
  pending_.partitioner = std::make_unique<Partitioner>(std::move(localities));
  NameTree tree(config, table_->nodes, hidden_);
  return finish(config, seen, tree, index_.by_client(), *table_);
}

CompiledTable TableCompiler::compile_health(const Config& config, const Observations& seen,
                                            const std::vector<std::string>& checks) {
  pending_ = Pending();
  NameTree tree(config, table_->nodes, hidden_);
  std::set<Name> recompose;
  for (const std::string& check : checks) {
    for (const auto& [owner, type] : index_.askers(check)) recompose.insert(owner);
  }
  return finish(config, seen, tree, recompose, *table_);
}

CompiledTable TableCompiler::compile_overrides(const Config& config, const Observations& seen,
                                               const OverrideChange& change) {
  pending_ = Pending();
  NameTree tree(config, table_->nodes, hidden_);
  std::set<Name> recompose;
  const auto add = [&](const std::vector<Name>& names) {
    recompose.insert(names.begin(), names.end());
  };
  for (const std::string& check : change.checks) {
    for (const auto& [owner, type] : index_.askers(check)) recompose.insert(owner);
  }
  for (const std::uint64_t number : change.went) add(index_.overridden_by(number));
  if (!change.came.empty()) {
    for (const Name& owner : owners_placed_in(config, seen, change.came)) {
      recompose.insert(owner);
      add(owner.is_wildcard() ? index_.followers_below(owner.parent()) : index_.followers(owner));
    }
  }
  return finish(config, seen, tree, recompose, *table_);
}

CompiledTable TableCompiler::compile_all(const Config& config, const Observations& seen) {
  pending_ = Pending();
  pending_.from_scratch = true;
  pending_.views = views_of(config, table_->views);
  const HiddenNames nothing_hidden;
  NameTree tree(config, Nodes(), nothing_hidden);
  config.zones.for_each([&](const Name& apex, const ZonePtr& zone) {
    if (!zone->has_records()) tree.place(apex);
    zone->owners.for_each(
        [&](const Name& owner, const model::OwnerRecordsPtr&) { tree.place(owner); });
  });
  tree.finish();
  AnswerTable empty;
  empty.generation = table_->generation;
  return finish(config, seen, tree, {}, empty);
}

CompiledTable TableCompiler::finish(const Config& config, const Observations& seen, NameTree& tree,
                                    const std::set<Name>& recompose, const AnswerTable& before) {
  for (const Name& name : recompose) tree.edit_linked(name);
  Composer composer(config, seen, tree.nodes(), partitioner(), ids());
  auto table = std::make_shared<AnswerTable>();
  CompiledTable compiled;
  NameRefs apexes;
  for (const NameTree::Changed& changed : tree.changed()) {
    const Name& name = changed.name;
    NodeDependencies needs;
    if (changed.linked) needs = composer.compose(name, *changed.node);
    if (!needs.empty() || index_.has_needs(name)) {
      pending_.needs.emplace_back(name, std::move(needs));
    }
    const NodePtr* old = before.nodes.find(name);
    note_ended(name, old == nullptr ? nullptr : old->get(),
               changed.linked ? changed.node.get() : nullptr);
    if (old != nullptr) pending_.partitions.remove(**old);
    if (changed.linked) pending_.partitions.add(*changed.node);
    const bool same =
        old == nullptr ? !changed.linked : changed.linked && (*old)->serves_like(*changed.node);
    if (!same) compiled.change.names.push_back(name);
    // The SOA lies at the apex: a zone's answers change only with a node that is, or was, an apex.
    if (changed.node->is_apex || (old != nullptr && (*old)->is_apex)) apexes.push_back(&name);
  }
  table->localities = partitioner().localities();
  table->roots = roots(before);
  table->views = pending_.views ? pending_.views : table_->views;
  table->nodes = tree.nodes();
  table->zone_answers = before.zone_answers;
  const auto update_zone = [&](const Name& apex) {
    const ZonePtr old_zone = pending_.from_scratch ? nullptr : zone_at(config_, apex);
    const ZonePtr zone = zone_at(config, apex);
    if (old_zone != nullptr && (zone == nullptr || zone->id != old_zone->id)) {
      table->zone_answers.erase(old_zone->id);
      compiled.change.zones.push_back(old_zone->id);
    }
    if (zone == nullptr) return;
    const model::ZoneAnswersPtr fresh = zone_answers(*zone);
    const model::ZoneAnswersPtr* old = table->zone_answers.find(zone->id);
    if (old != nullptr && **old == *fresh) return;
    table->zone_answers.set(zone->id, fresh);
    compiled.change.zones.push_back(zone->id);
  };
  for (const Name* apex : apexes) update_zone(*apex);
  table->generation = before.generation + 1;
  table->config_generation = config.generation;
  compiled.table = std::move(table);
  pending_.config = config;
  pending_.hidden = tree.hidden_changes();
  return compiled;
}

// The roots of the compiled table's localities, those of `before` where nothing about them changed.
model::LocalityRootsPtr TableCompiler::roots(const AnswerTable& before) {
  const PartitionUse none;
  const PartitionUse& used = pending_.from_scratch ? none : partitions_;
  if (!pending_.partitioner && !pending_.from_scratch && !used.is_changed_by(pending_.partitions))
    return before.roots;
  return used.roots(*partitioner().localities(), pending_.partitions);
}

// An answer with ids that is gone, or has no ring or counters any more, gives them back once the
// table is accepted.
void TableCompiler::note_ended(const Name& name, const Node* before, const Node* after) {
  if (before == nullptr) return;
  const auto has_ids = [](const model::Answer& answer) {
    return (answer.ring && answer.ring->id != 0) || answer.variants.front().counter != 0;
  };
  const auto uses_ids = [&](const model::Answer* answer) {
    if (answer == nullptr) return false;
    if (!answer->by_locality) return has_ids(*answer);
    const std::vector<model::AnswerPtr>& answers = answer->by_locality->answers;
    return std::any_of(answers.begin(), answers.end(),
                       [&](const model::AnswerPtr& one) { return has_ids(*one); });
  };
  const auto check = [&](RRType type, const model::Answer* old, const model::Answer* now) {
    if (uses_ids(old) && !uses_ids(now)) pending_.ended.emplace_back(name, type);
  };
  for (const auto& [type, answer] : before->types) {
    const auto now = after == nullptr ? nullptr : [&]() -> const model::Answer* {
      for (const auto& [other_type, other] : after->types) {
        if (other_type == type) return other.get();
      }
      return nullptr;
    }();
    check(type, answer.get(), now);
  }
  check(kOtherTypes, before->other.get(), after == nullptr ? nullptr : after->other.get());
}

void TableCompiler::accept(const CompiledTable& compiled) {
  if (pending_.from_scratch) {
    hidden_ = HiddenNames();
    index_ = DependencyIndex();
    partitions_ = PartitionUse();
  }
  for (const auto& [owner, cover] : pending_.hidden) hidden_.set(owner, cover);
  for (auto& [owner, needs] : pending_.needs) index_.set(owner, std::move(needs));
  partitions_.apply(pending_.partitions);
  for (const auto& [owner, type] : pending_.ended) ids_.release(owner, type);
  if (pending_.partitioner) partitioner_ = std::move(pending_.partitioner);
  config_ = std::move(pending_.config);
  table_ = compiled.table;
  pending_ = Pending();
}

}  // namespace signpost::policy
