#include "datapath/kernel_maps.h"

#include <linux/bpf.h>

#include <cstring>

#include "bpf/reasons.h"
#include "datapath/map_specs.h"

namespace signpost::datapath {

struct KernelMaps::Maps {
  TypedMap<std::uint32_t, struct control> control;
  NodeMap nodes;
  CellMap cells;
  OuterMap localities;
  TypedMap<std::uint32_t, locality_cell> roots;
  PerCpuArray<std::uint32_t> cursors;
  PerCpuArray<std::uint64_t> reasons;
  PerCpuArray<std::uint64_t> type_counts;
  PerCpuArray<std::uint64_t> answer_counts;
  PerCpuArray<std::uint64_t> demand;
  TypedMap<std::uint32_t, bucket_line> buckets;
  PerCpuArray<std::uint64_t> guard_counts;
  BpfMap samples;
  PerCpuArray<std::uint64_t> samples_lost;
  TypedMap<id_key, std::uint32_t> ids;
  OuterMap barrier;  // this process's own: see wait_for_readers()
};

namespace {

absl::Status check_layout(const struct control& control) {
  if (control.layout_version == SIGNPOST_LAYOUT_VERSION) return absl::OkStatus();
  return failed_precondition("the pinned maps have layout version ", control.layout_version,
                             ", not ", SIGNPOST_LAYOUT_VERSION);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KernelMaps>> KernelMaps::open(const Capacity& capacity,
                                                             const Source& source) {
  const auto take = [&](std::string_view name) -> absl::StatusOr<BpfMap> {
    ASSIGN_OR_RETURN(const MapSpec spec, map_spec(capacity, name));
    return source(spec);
  };
  const auto typed = [&](auto tag, std::string_view name) {
    using Map = typename decltype(tag)::type;
    absl::StatusOr<BpfMap> map = take(name);
    return map.ok() ? Map::over(*std::move(map)) : absl::StatusOr<Map>(map.status());
  };
  constexpr std::type_identity<PerCpuArray<std::uint64_t>> kCounts;
  constexpr std::type_identity<PerCpuArray<std::uint32_t>> kCursors;
  constexpr std::type_identity<TypedMap<std::uint32_t, struct control>> kControl;
  constexpr std::type_identity<TypedMap<std::uint32_t, locality_cell>> kRoots;
  constexpr std::type_identity<TypedMap<std::uint32_t, bucket_line>> kBuckets;
  constexpr std::type_identity<TypedMap<id_key, std::uint32_t>> kIds;
  ASSIGN_OR_RETURN(auto control, typed(kControl, "control"));
  ASSIGN_OR_RETURN(auto nodes, typed(std::type_identity<NodeMap>(), "nodes"));
  ASSIGN_OR_RETURN(auto cells, typed(std::type_identity<CellMap>(), "cells"));
  ASSIGN_OR_RETURN(auto localities, typed(std::type_identity<OuterMap>(), "localities"));
  ASSIGN_OR_RETURN(auto roots, typed(kRoots, "locality_roots"));
  ASSIGN_OR_RETURN(auto cursors, typed(kCursors, "cursors"));
  ASSIGN_OR_RETURN(auto reasons, typed(kCounts, "reasons"));
  ASSIGN_OR_RETURN(auto types, typed(kCounts, "type_counts"));
  ASSIGN_OR_RETURN(auto answers, typed(kCounts, "answer_counts"));
  ASSIGN_OR_RETURN(auto demand, typed(kCounts, "demand"));
  ASSIGN_OR_RETURN(auto buckets, typed(kBuckets, "buckets"));
  ASSIGN_OR_RETURN(auto guard_counts, typed(kCounts, "guard_counts"));
  ASSIGN_OR_RETURN(BpfMap samples, take("samples"));
  ASSIGN_OR_RETURN(auto samples_lost, typed(kCounts, "samples_lost"));
  ASSIGN_OR_RETURN(auto ids, typed(kIds, "ids"));
  ASSIGN_OR_RETURN(BpfMap barrier, BpfMap::create(outer_spec("barrier", 1), control.map().fd()));
  ASSIGN_OR_RETURN(auto own_barrier, OuterMap::over(std::move(barrier)));
  auto maps = std::unique_ptr<Maps>(new Maps{
      std::move(control), std::move(nodes), std::move(cells), std::move(localities),
      std::move(roots), std::move(cursors), std::move(reasons), std::move(types),
      std::move(answers), std::move(demand), std::move(buckets), std::move(guard_counts),
      std::move(samples), std::move(samples_lost), std::move(ids), std::move(own_barrier)});
  std::unique_ptr<KernelMaps> opened(new KernelMaps(capacity, std::move(maps)));
  RETURN_IF_ERROR(opened->map_memory());
  return opened;
}

absl::StatusOr<std::unique_ptr<KernelMaps>> KernelMaps::create(const Capacity& capacity) {
  ASSIGN_OR_RETURN(const BpfMap localities, BpfMap::create(localities_spec(capacity)));
  const auto source = [&](const MapSpec& spec) {
    return BpfMap::create(spec, spec.name == "localities" ? localities.fd() : -1);
  };
  ASSIGN_OR_RETURN(std::unique_ptr<KernelMaps> created, open(capacity, source));
  created->control().layout_version = SIGNPOST_LAYOUT_VERSION;
  created->control().node_homes = node_homes_for(capacity.nodes);
  created->control().node_slots = node_slots_for(capacity.nodes);
  created->control().cells = capacity.cells;
  for (guard& each : created->control().guards) each.bucket_mask = kBucketLines - 1;
  return created;
}

absl::StatusOr<std::unique_ptr<KernelMaps>> KernelMaps::open_pinned(const Capacity& capacity,
                                                                    const std::string& folder) {
  ASSIGN_OR_RETURN(std::unique_ptr<KernelMaps> opened, open(capacity, [&](const MapSpec& spec) {
                     return BpfMap::open_pinned(spec, absl::StrCat(folder, "/", spec.name));
                   }));
  RETURN_IF_ERROR(check_layout(opened->control()));
  return opened;
}

KernelMaps::KernelMaps(const Capacity& capacity, std::unique_ptr<Maps> maps)
    : capacity_(capacity), maps_(std::move(maps)) {}

KernelMaps::~KernelMaps() {
  for (const auto& memory : {control_, node_memory_, cells_, roots_}) BpfMap::unmap(memory);
}

absl::Status KernelMaps::map_memory() {
  ASSIGN_OR_RETURN(control_, maps_->control.map().map_values());
  ASSIGN_OR_RETURN(node_memory_, maps_->nodes.map().map_values());
  ASSIGN_OR_RETURN(cells_, maps_->cells.map().map_values());
  ASSIGN_OR_RETURN(roots_, maps_->roots.map().map_values());
  const std::size_t slots = node_slots_for(capacity_.nodes);
  for (const std::size_t set : {0, 1})
    nodes_[set] =
        NodeTable(std::span(reinterpret_cast<node*>(node_memory_.data()) + set * slots, slots));
  return absl::OkStatus();
}

std::vector<const BpfMap*> KernelMaps::all() const {
  return {&maps_->control.map(),    &maps_->nodes.map(),        &maps_->cells.map(),
          &maps_->localities.map(), &maps_->roots.map(),        &maps_->cursors.map(),
          &maps_->reasons.map(),    &maps_->type_counts.map(),  &maps_->answer_counts.map(),
          &maps_->demand.map(),     &maps_->buckets.map(),      &maps_->guard_counts.map(),
          &maps_->samples,          &maps_->samples_lost.map(), &maps_->ids.map()};
}

absl::Status KernelMaps::pin(const std::string& folder) const {
  for (const BpfMap* map : all())
    RETURN_IF_ERROR(map->pin(absl::StrCat(folder, "/", map->spec().name)));
  return absl::OkStatus();
}

int KernelMaps::samples_fd() const { return maps_->samples.fd(); }

absl::StatusOr<std::uint64_t> KernelMaps::samples_lost() const {
  return maps_->samples_lost.sum(0);
}

void KernelMaps::for_each(const std::function<void(const std::string&, int)>& visit) const {
  for (const BpfMap* map : all()) visit(map->spec().name, map->fd());
}

struct control& KernelMaps::control() {
  return *reinterpret_cast<struct control*>(control_.data());
}

absl::Status KernelMaps::put_nodes(std::uint32_t set, std::span<const node> nodes) {
  constexpr std::size_t kAhead = 8;  // each lies anywhere
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i + kAhead < nodes.size()) nodes_[set].prefetch(nodes[i + kAhead].key);
    RETURN_IF_ERROR(nodes_[set].put(nodes[i]));
  }
  return absl::OkStatus();
}

absl::Status KernelMaps::delete_nodes(std::uint32_t set, std::span<const node_key> keys) {
  for (const node_key& key : keys) nodes_[set].erase(key);
  return absl::OkStatus();
}

absl::Status KernelMaps::put_cells(std::uint32_t set, std::uint32_t first,
                                   std::span<const cell> cells) {
  if (first == 0 || first > capacity_.cells || cells.size() > capacity_.cells - first)
    return internal_error(cells.size(), " cells at ", first, " are outside the map");
  const std::size_t index = std::size_t{set} * capacity_.cells + first;
  std::memcpy(cells_.data() + index * sizeof(cell), cells.data(), cells.size_bytes());
  return absl::OkStatus();
}

absl::Status KernelMaps::put_localities(std::uint32_t slot, std::span<const locality_cell> cells) {
  if (cells.size() > capacity_.locality_cells)
    return internal_error(cells.size(), " cells of localities are more than the map has");
  ASSIGN_OR_RETURN(const BpfMap map, BpfMap::create(localities_spec(capacity_)));
  ASSIGN_OR_RETURN(const std::span<std::byte> memory, map.map_values());
  std::memcpy(memory.data(), cells.data(), cells.size_bytes());
  BpfMap::unmap(memory);
  return maps_->localities.put(slot, static_cast<std::uint32_t>(map.fd()));
}

absl::Status KernelMaps::drop_localities(std::uint32_t slot) {
  return maps_->localities.erase(slot);
}

absl::Status KernelMaps::put_roots(std::uint32_t set, std::span<const locality_cell> cells) {
  if (cells.size() > LOCALITY_SET_CELLS)
    return internal_error(cells.size(), " cells of roots are more than a set has");
  std::memcpy(roots_.data() + set * LOCALITY_SET_CELLS * sizeof(locality_cell), cells.data(),
              cells.size_bytes());
  return absl::OkStatus();
}

absl::Status KernelMaps::clear(std::uint32_t set) {
  nodes_[set].clear();
  return absl::OkStatus();
}

// The kernel returns from an update of any map of maps when every program that runs now, and could
// use the old inner map, has ended.
absl::Status KernelMaps::wait_for_readers() {
  return maps_->barrier.put(0, static_cast<std::uint32_t>(maps_->control.map().fd()));
}

absl::StatusOr<std::vector<std::pair<id_key, std::uint32_t>>> KernelMaps::ids() {
  return maps_->ids.entries();
}

absl::Status KernelMaps::put_id(const id_key& key, std::uint32_t id) {
  return maps_->ids.put(key, id);
}

absl::Status KernelMaps::delete_id(const id_key& key) { return maps_->ids.erase(key); }

absl::StatusOr<std::vector<std::uint64_t>> KernelMaps::reason_counts() {
  return maps_->reasons.sums();
}

absl::StatusOr<std::vector<std::uint64_t>> KernelMaps::type_counts() {
  return maps_->type_counts.sums();
}

absl::StatusOr<std::uint64_t> KernelMaps::answer_count(std::uint32_t counter) {
  return maps_->answer_counts.sum(counter);
}

absl::StatusOr<std::vector<std::uint64_t>> KernelMaps::answer_counts(std::size_t counters) {
  return maps_->answer_counts.sums(counters);
}

absl::Status KernelMaps::reset_answer_count(std::uint32_t counter) {
  return maps_->answer_counts.zero(counter);
}

absl::StatusOr<std::vector<std::uint64_t>> KernelMaps::demand() { return maps_->demand.sums(); }

absl::Status KernelMaps::reset_demand() { return maps_->demand.zero_all(); }

absl::StatusOr<std::vector<std::uint64_t>> KernelMaps::guard_counts() {
  return maps_->guard_counts.sums();
}

absl::StatusOr<struct control> read_pinned_control(const std::string& path) {
  ASSIGN_OR_RETURN(const MapSpec spec, map_spec({}, "control"));
  ASSIGN_OR_RETURN(const BpfMap map, BpfMap::open_pinned(spec, path));
  struct control control {};
  const std::uint32_t first = 0;
  RETURN_IF_ERROR(map.get(&first, &control));
  RETURN_IF_ERROR(check_layout(control));
  return control;
}

}  // namespace signpost::datapath
