#include "tests/support/memory_maps.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "absl/hash/hash.h"
#include "base/status.h"
#include "bpf/counted_type.h"
#include "bpf/reasons.h"

namespace signpost::testing {
namespace {

template <typename Key>
std::string_view octets_of(const Key& key) {
  return {reinterpret_cast<const char*>(&key), sizeof(key)};
}

template <typename Value>
Value* at(std::vector<Value>& values, std::uint32_t index) {
  return index < values.size() ? &values[index] : nullptr;
}

absl::Status injected() { return unavailable("an injected failure"); }

}  // namespace

template <typename Key>
std::size_t MemoryMaps::OctetsHash::operator()(const Key& key) const {
  return absl::Hash<std::string_view>{}(octets_of(key));
}

template <typename Key>
bool MemoryMaps::OctetsEqual::operator()(const Key& a, const Key& b) const {
  return octets_of(a) == octets_of(b);
}

MemoryMaps::MemoryMaps(const datapath::Capacity& capacity)
    : capacity_(capacity),
      cursors_(capacity.rings),
      reasons_(REASON_COUNT),
      types_(TYPE_COUNTS),
      answers_(capacity.counters),
      demand_(capacity.localities) {
  control_.layout_version = SIGNPOST_LAYOUT_VERSION;
  for (guard& each : control_.guards) each.bucket_mask = GuardCells::kLines - 1;
  control_.node_homes = datapath::node_homes_for(capacity.nodes);
  for (std::size_t set : {0u, 1u}) {
    slots_[set].resize(datapath::node_slots_for(capacity.nodes));
    nodes_[set] = datapath::NodeTable(slots_[set]);
    roots_[set].resize(LOCALITY_SET_CELLS);
  }
}

absl::Status MemoryMaps::put_nodes(std::uint32_t set, std::span<const node> nodes) {
  for (const node& value : nodes) RETURN_IF_ERROR(nodes_[set].put(value));
  return absl::OkStatus();
}

absl::Status MemoryMaps::delete_nodes(std::uint32_t set, std::span<const node_key> keys) {
  for (const node_key& key : keys) nodes_[set].erase(key);
  return absl::OkStatus();
}

absl::Status MemoryMaps::put_cells(std::uint32_t set, std::uint32_t first,
                                   std::span<const cell> cells) {
  if (first == 0 || first > capacity_.cells || cells.size() > capacity_.cells - first)
    return internal_error(cells.size(), " cells at ", first, " are outside the map");
  if (cells_[set].size() < first + cells.size()) cells_[set].resize(first + cells.size());
  std::copy(cells.begin(), cells.end(), cells_[set].begin() + first);
  return absl::OkStatus();
}

absl::Status MemoryMaps::put_localities(std::uint32_t slot, std::span<const locality_cell> cells) {
  if (cells.size() > capacity_.locality_cells)
    return internal_error(cells.size(), " cells of localities are more than the map has");
  localities_[slot].assign(cells.begin(), cells.end());
  return absl::OkStatus();
}

absl::Status MemoryMaps::drop_localities(std::uint32_t slot) {
  localities_[slot] = {};
  return absl::OkStatus();
}

absl::Status MemoryMaps::put_roots(std::uint32_t set, std::span<const locality_cell> cells) {
  if (cells.size() > LOCALITY_SET_CELLS)
    return internal_error(cells.size(), " cells of roots are more than a set has");
  std::copy(cells.begin(), cells.end(), roots_[set].begin());
  return absl::OkStatus();
}

absl::Status MemoryMaps::clear(std::uint32_t set) {
  nodes_[set].clear();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::pair<id_key, std::uint32_t>>> MemoryMaps::ids() {
  return std::vector<std::pair<id_key, std::uint32_t>>(ids_.begin(), ids_.end());
}

absl::Status MemoryMaps::put_id(const id_key& key, std::uint32_t id) {
  ids_[key] = id;
  return absl::OkStatus();
}

absl::Status MemoryMaps::delete_id(const id_key& key) {
  ids_.erase(key);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::uint64_t>> MemoryMaps::reason_counts() { return reasons_; }

absl::StatusOr<std::uint64_t> MemoryMaps::answer_count(std::uint32_t counter) {
  const std::uint64_t* count = find_answer_count(counter);
  if (count == nullptr) return not_found("counter ", counter);
  return *count;
}

absl::Status MemoryMaps::reset_answer_count(std::uint32_t counter) {
  std::uint64_t* count = find_answer_count(counter);
  if (count == nullptr) return not_found("counter ", counter);
  *count = 0;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::uint64_t>> MemoryMaps::demand() { return demand_; }

absl::Status MemoryMaps::reset_demand() {
  std::fill(demand_.begin(), demand_.end(), 0);
  return absl::OkStatus();
}

const locality_cell* MemoryMaps::find_locality_cell(std::uint32_t slot, std::uint32_t index) const {
  return index < localities_[slot].size() ? &localities_[slot][index] : nullptr;
}

const locality_cell* MemoryMaps::find_locality_root(std::uint32_t set, std::uint32_t index) const {
  return index < roots_[set].size() ? &roots_[set][index] : nullptr;
}

const node* MemoryMaps::find_slot(std::uint32_t set, std::uint32_t slot) const {
  return slot < slots_[set].size() ? &slots_[set][slot] : nullptr;
}

std::size_t MemoryMaps::node_count(std::uint32_t set) const {
  return static_cast<std::size_t>(std::count_if(slots_[set].begin(), slots_[set].end(),
                                                [](const node& slot) { return slot.pages != 0; }));
}

const cell* MemoryMaps::find_cell(std::uint32_t set, std::uint32_t index) const {
  static const cell never_written{};
  if (index < cells_[set].size()) return &cells_[set][index];
  return index < capacity_.cells ? &never_written : nullptr;
}

std::uint32_t* MemoryMaps::find_cursor(std::uint32_t ring) { return at(cursors_, ring); }
std::uint64_t* MemoryMaps::find_demand(std::uint32_t locality) { return at(demand_, locality); }
std::uint64_t* MemoryMaps::find_reason_count(std::uint32_t reason) { return at(reasons_, reason); }
std::uint64_t* MemoryMaps::find_type_count(std::uint32_t index) { return at(types_, index); }
std::uint64_t* MemoryMaps::find_answer_count(std::uint32_t counter) {
  return at(answers_, counter);
}

void FaultyMaps::fail(std::uint64_t nth, std::uint64_t further) {
  writes_ = 0;
  first_failure_ = nth;
  further_failures_ = further;
}

bool FaultyMaps::fails() {
  const std::uint64_t write = writes_++;
  return write >= first_failure_ && write - first_failure_ <= further_failures_;
}

absl::Status FaultyMaps::put_nodes(std::uint32_t set, std::span<const node> nodes) {
  if (!fails()) return maps_.put_nodes(set, nodes);
  maps_.put_nodes(set, nodes.first(nodes.size() / 2)).IgnoreError();
  return injected();
}

absl::Status FaultyMaps::delete_nodes(std::uint32_t set, std::span<const node_key> keys) {
  if (!fails()) return maps_.delete_nodes(set, keys);
  maps_.delete_nodes(set, keys.first(keys.size() / 2)).IgnoreError();
  return injected();
}

absl::Status FaultyMaps::put_cells(std::uint32_t set, std::uint32_t first,
                                   std::span<const cell> cells) {
  if (!fails()) return maps_.put_cells(set, first, cells);
  maps_.put_cells(set, first, cells.first(cells.size() / 2)).IgnoreError();
  return injected();
}

absl::Status FaultyMaps::put_localities(std::uint32_t slot, std::span<const locality_cell> cells) {
  if (!fails()) return maps_.put_localities(slot, cells);
  maps_.put_localities(slot, cells.first(cells.size() / 2)).IgnoreError();
  return injected();
}

absl::Status FaultyMaps::drop_localities(std::uint32_t slot) {
  return fails() ? injected() : maps_.drop_localities(slot);
}

absl::Status FaultyMaps::put_roots(std::uint32_t set, std::span<const locality_cell> cells) {
  if (!fails()) return maps_.put_roots(set, cells);
  maps_.put_roots(set, cells.first(cells.size() / 2)).IgnoreError();
  return injected();
}

absl::Status FaultyMaps::clear(std::uint32_t set) {
  return fails() ? injected() : maps_.clear(set);
}

absl::Status FaultyMaps::wait_for_readers() {
  return fails() ? injected() : maps_.wait_for_readers();
}

absl::StatusOr<std::vector<std::pair<id_key, std::uint32_t>>> FaultyMaps::ids() {
  return maps_.ids();
}

absl::Status FaultyMaps::put_id(const id_key& key, std::uint32_t id) {
  return fails() ? injected() : maps_.put_id(key, id);
}

absl::Status FaultyMaps::delete_id(const id_key& key) {
  return fails() ? injected() : maps_.delete_id(key);
}

absl::StatusOr<std::vector<std::uint64_t>> FaultyMaps::reason_counts() {
  return maps_.reason_counts();
}

absl::StatusOr<std::uint64_t> FaultyMaps::answer_count(std::uint32_t counter) {
  return maps_.answer_count(counter);
}

absl::Status FaultyMaps::reset_answer_count(std::uint32_t counter) {
  return fails() ? injected() : maps_.reset_answer_count(counter);
}

absl::StatusOr<std::vector<std::uint64_t>> FaultyMaps::demand() { return maps_.demand(); }

absl::Status FaultyMaps::reset_demand() { return fails() ? injected() : maps_.reset_demand(); }

}  // namespace signpost::testing
