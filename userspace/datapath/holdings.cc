#include "datapath/holdings.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/status.h"
#include "datapath/view_cells.h"

namespace signpost::datapath {
namespace {

constexpr Holding kOnePage{.first = 0, .cells = 0, .pages = 1};

absl::Status too_many_nodes(std::uint64_t needed, const Capacity& capacity, std::uint64_t used) {
  return resource_exhausted("the change needs ", needed, " nodes, and --max-nodes allows ",
                            capacity.nodes, " (", used, " in use): raise --max-nodes");
}

}  // namespace

Holdings::Holdings(const Capacity& capacity) : capacity_(capacity), cells_(capacity.cells) {}

absl::Status Holdings::allocate(std::uint32_t cells, std::uint32_t& first) {
  if (cells == 0) {
    first = 0;
    return absl::OkStatus();
  }
  const std::optional<std::uint32_t> run = cells_.allocate(cells);
  if (!run)
    return resource_exhausted("the change needs a run of ", cells,
                              " cells, and --max-cells allows ", capacity_.cells, " (",
                              cells_.used(), " in use): raise --max-cells");
  first = *run;
  return absl::OkStatus();
}

absl::StatusOr<HoldingsChange> Holdings::plan(const model::AnswerTable& before,
                                              const model::AnswerTable& table,
                                              const model::TableChange& change,
                                              const DigestKey& key) {
  HoldingsChange plan;
  absl::Status status = plan_zones(table, change.zones, plan);
  if (status.ok()) status = plan_names(before, table, change, key, plan);
  if (status.ok()) status = plan_partitions(before, table, plan);
  if (status.ok()) status = plan_views(before, table, plan);
  if (status.ok()) status = check_nodes(plan);
  if (status.ok()) return plan;
  cancel(plan);
  return status;
}

absl::Status Holdings::plan_zones(const model::AnswerTable& table,
                                  const std::vector<model::ZoneId>& ids, HoldingsChange& plan) {
  std::vector<model::ZoneId> sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (const model::ZoneId id : sorted) {
    ZoneChange zone{.id = id, .before = {}, .after = {}};
    if (const ZoneRun* held = of_zone(id)) zone.before = *held;
    if (const model::ZoneAnswersPtr* answers = table.zone_answers.find(id)) {
      zone.after = zone.before ? *zone.before : zone_run_for((*answers)->apex);
      if (!zone.before) RETURN_IF_ERROR(allocate(zone.after->cells, zone.after->first));
    }
    plan.zones.push_back(zone);
  }
  return absl::OkStatus();
}

absl::Status Holdings::plan_names(const model::AnswerTable& before, const model::AnswerTable& table,
                                  const model::TableChange& change, const DigestKey& key,
                                  HoldingsChange& plan) {
  const NodeEncoder encoder_before(before, places(plan, Side::kBefore));
  const NodeEncoder encoder_after(table, places(plan, Side::kAfter));
  plan.names.reserve(change.names.size());
  absl::flat_hash_set<node_key, NodeKeyHash, NodeKeyEqual> planned_keys;
  planned_keys.reserve(change.names.size());
  for (const dns::Name& name : change.names) {
    const node_key name_key = key_of(name, key);
    if (!planned_keys.insert(name_key).second) continue;
    NameChange& planned =
        plan.names.emplace_back(NameChange{.name = name, .key = name_key, .before = {}});
    if (const model::NodePtr* node = before.nodes.find(name)) {
      planned.before = of_name(name_key);
      planned.has_partitions = !encoder_before.partitions_of(name, **node).empty();
    }
    if (const model::NodePtr* node = table.nodes.find(name)) {
      const NodeSize size = encoder_after.size_of(name, **node);
      planned.after = Holding{.first = 0, .cells = size.cells, .pages = size.pages};
      planned.has_partitions |= !encoder_after.partitions_of(name, **node).empty();
    }
  }
  return place_names(plan);
}

// A name whose size stays keeps its run: the set that is written isn't read, and the other one
// still has the old cells.
absl::Status Holdings::place_names(HoldingsChange& plan) {
  for (NameChange& name : plan.names) {
    Holding after = name.after;
    name.after = name.before;
    name.after.pages = after.pages;
    if (after.cells == name.before.cells) continue;
    RETURN_IF_ERROR(allocate(after.cells, after.first));
    name.after = after;
  }
  return absl::OkStatus();
}

absl::Status Holdings::plan_partitions(const model::AnswerTable& before,
                                       const model::AnswerTable& table, HoldingsChange& plan) {
  const auto change_of = [&](const model::PartitionPtr& partition) -> PartitionChange& {
    const auto [at, is_new] = plan.partitions.try_emplace(partition);
    if (!is_new) return at->second;
    at->second.partition = partition;
    const auto held = partitions_.find(partition);
    if (held == partitions_.end()) return at->second;
    at->second.run = held->second.run;
    at->second.users_before = at->second.users_after = held->second.users;
    return at->second;
  };
  const NodeEncoder encoder_before(before, places(plan, Side::kBefore));
  const NodeEncoder encoder_after(table, places(plan, Side::kAfter));
  for (const NameChange& name : plan.names) {
    if (!name.has_partitions) continue;
    if (const model::NodePtr* node = before.nodes.find(name.name)) {
      for (const model::PartitionPtr& partition : encoder_before.partitions_of(name.name, **node))
        --change_of(partition).users_after;
    }
    if (const model::NodePtr* node = table.nodes.find(name.name)) {
      for (const model::PartitionPtr& partition : encoder_after.partitions_of(name.name, **node))
        ++change_of(partition).users_after;
    }
  }
  for (auto& [partition, change] : plan.partitions) {
    if (!change.comes()) continue;
    change.run.cells = partition_cells(*partition);
    RETURN_IF_ERROR(allocate(change.run.cells, change.run.first));
  }
  return absl::OkStatus();
}

absl::StatusOr<ViewRun> Holdings::allocate_views(const model::ViewMap& views) {
  RETURN_IF_ERROR(check_views(views));
  ViewRun run{.first = 0,
              .cells = view_cells(views),
              .ranges = static_cast<std::uint32_t>(views.ranges().size())};
  RETURN_IF_ERROR(allocate(run.cells, run.first));
  return run;
}

absl::Status Holdings::plan_views(const model::AnswerTable& before, const model::AnswerTable& table,
                                  HoldingsChange& plan) {
  if (before.views == table.views) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ViewRun after, allocate_views(*table.views));
  plan.views = ViewChange{.before = views_, .after = after};
  return absl::OkStatus();
}

absl::Status Holdings::check_nodes(const HoldingsChange& plan) const {
  std::uint64_t needed = nodes_;
  for (const NameChange& name : plan.names)
    needed += name.after.pages - std::uint64_t{name.before.pages};
  return needed <= capacity_.nodes ? absl::OkStatus() : too_many_nodes(needed, capacity_, nodes_);
}

void Holdings::commit(const HoldingsChange& change) {
  for (const ZoneChange& zone : change.zones) {
    if (zone.after) {
      zones_[zone.id] = *zone.after;
    } else if (zone.before) {
      cells_.release(zone.before->first, zone.before->cells);
      zones_.erase(zone.id);
    }
  }
  for (const NameChange& name : change.names) {
    nodes_ += name.after.pages - std::uint64_t{name.before.pages};
    if (name.before.cells != 0 && name.before.first != name.after.first)
      cells_.release(name.before.first, name.before.cells);
    keep(name.key, name.after);
  }
  for (const auto& [partition, changed] : change.partitions) {
    if (changed.goes()) {
      cells_.release(changed.run.first, changed.run.cells);
      partitions_.erase(partition);
    } else {
      partitions_[partition] = {.run = changed.run, .users = changed.users_after};
    }
  }
  if (change.views) {
    if (views_.first != 0) cells_.release(views_.first, views_.cells);
    views_ = change.views->after;
  }
}

void Holdings::cancel(const HoldingsChange& change) {
  for (const ZoneChange& zone : change.zones) {
    if (zone.after && !zone.before && zone.after->first != 0)
      cells_.release(zone.after->first, zone.after->cells);
  }
  for (const NameChange& name : change.names) {
    if (name.after.first != 0 && name.after.first != name.before.first)
      cells_.release(name.after.first, name.after.cells);
  }
  for (const auto& [partition, changed] : change.partitions) {
    if (changed.comes() && changed.run.first != 0)
      cells_.release(changed.run.first, changed.run.cells);
  }
  if (change.views && change.views->after.first != 0)
    cells_.release(change.views->after.first, change.views->after.cells);
}

absl::Status Holdings::take(const model::AnswerTable& table, const DigestKey& key) {
  absl::Status status;
  table.zone_answers.for_each([&](model::ZoneId id, const model::ZoneAnswersPtr& zone) {
    if (!status.ok()) return;
    ZoneRun& run = zones_[id] = zone_run_for(zone->apex);
    status = allocate(run.cells, run.first);
  });
  const NodeEncoder encoder(table, places());
  table.nodes.for_each([&](const dns::Name& name, const model::NodePtr& node) {
    if (!status.ok()) return;
    const NodeSize size = encoder.size_of(name, *node);
    Holding held{.first = 0, .cells = size.cells, .pages = size.pages};
    nodes_ += size.pages;
    status = allocate(size.cells, held.first);
    keep(key_of(name, key), held);
    for (const model::PartitionPtr& partition : encoder.partitions_of(name, *node))
      ++partitions_[partition].users;
  });
  for (auto& [partition, held] : partitions_) {
    held.run.cells = partition_cells(*partition);
    if (status.ok()) status = allocate(held.run.cells, held.run.first);
  }
  RETURN_IF_ERROR(status);
  ASSIGN_OR_RETURN(views_, allocate_views(*table.views));
  return nodes_ <= capacity_.nodes ? absl::OkStatus() : too_many_nodes(nodes_, capacity_, 0);
}

void Holdings::keep(const node_key& key, const Holding& held) {
  if (held.pages == 0 || held == kOnePage) {
    names_.erase(key);
  } else {
    names_[key] = held;
  }
}

Holding Holdings::of_name(const node_key& key) const {
  const auto at = names_.find(key);
  return at == names_.end() ? kOnePage : at->second;
}

const ZoneRun* Holdings::of_zone(model::ZoneId id) const {
  const auto at = zones_.find(id);
  return at == zones_.end() ? nullptr : &at->second;
}

ZoneFinder Holdings::zones() const {
  return [this](model::ZoneId id) { return of_zone(id); };
}

ZoneFinder Holdings::zones(const HoldingsChange& change, Side side) const {
  return [this, &change, side](model::ZoneId id) -> const ZoneRun* {
    const auto at = std::lower_bound(
        change.zones.begin(), change.zones.end(), id,
        [](const ZoneChange& zone, model::ZoneId wanted) { return zone.id < wanted; });
    if (at == change.zones.end() || at->id != id) return of_zone(id);
    const std::optional<ZoneRun>& run = at->on(side);
    return run ? &*run : nullptr;
  };
}

Places Holdings::places() const {
  return {.zones = zones(), .partitions = [this](const model::PartitionPtr& partition) {
            const auto at = partitions_.find(partition);
            return at == partitions_.end() ? nullptr : &at->second.run;
          }};
}

// A partition that the change does not touch is held on both sides.
Places Holdings::places(const HoldingsChange& change, Side side) const {
  return {
      .zones = zones(change, side),
      .partitions = [held = places().partitions, &change](const model::PartitionPtr& partition) {
        const auto at = change.partitions.find(partition);
        return at == change.partitions.end() ? held(partition) : &at->second.run;
      }};
}

void Holdings::for_each_partition(
    const std::function<void(const model::Partition&, const PartitionRun&)>& visit) const {
  for (const auto& [partition, held] : partitions_) visit(*partition, held.run);
}

}  // namespace signpost::datapath
