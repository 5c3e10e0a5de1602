#include "datapath/node_table.h"

#include <algorithm>
#include <cstring>

#include "base/status.h"
#include "bpf/node_table.h"

namespace signpost::datapath {
namespace {

bool is_empty(const node& slot) { return slot.pages == 0; }

}  // namespace

std::uint32_t node_homes_for(std::uint32_t nodes) {
  const std::uint64_t homes = std::uint64_t{nodes} * 2;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(homes, 1u << 31));
}

std::uint32_t node_slots_for(std::uint32_t nodes) {
  return node_homes_for(nodes) + NODE_PROBES_MAX - 1;
}

NodeTable::NodeTable(std::span<node> slots)
    : slots_(slots), homes_(static_cast<std::uint32_t>(slots.size() - (NODE_PROBES_MAX - 1))) {}

std::size_t NodeTable::distance(std::size_t slot) const {
  return slot - node_home(&slots_[slot].key, homes_);
}

bool NodeTable::holds(std::size_t slot, const node_key& key) const {
  return slot < slots_.size() && !is_empty(slots_[slot]) && node_key_equal(&slots_[slot].key, &key);
}

std::size_t NodeTable::place_of(const node_key& key) const {
  const std::size_t home = node_home(&key, homes_);
  std::size_t slot = home;
  while (slot < slots_.size() && !is_empty(slots_[slot]) && !holds(slot, key) &&
         distance(slot) >= slot - home)
    ++slot;
  return slot;
}

absl::Status NodeTable::put(const node& value) {
  const std::size_t place = place_of(value.key);
  if (holds(place, value.key)) {
    slots_[place] = value;
    return absl::OkStatus();
  }
  bool fits = place - node_home(&value.key, homes_) < NODE_PROBES_MAX;
  std::size_t end = place;
  for (; fits && end < slots_.size() && !is_empty(slots_[end]); ++end)
    fits = distance(end) + 1 < NODE_PROBES_MAX;
  if (!fits || end == slots_.size())
    return resource_exhausted("no slot is left for a node among ", homes_, ": raise --max-nodes");
  std::move_backward(slots_.begin() + static_cast<std::ptrdiff_t>(place),
                     slots_.begin() + static_cast<std::ptrdiff_t>(end),
                     slots_.begin() + static_cast<std::ptrdiff_t>(end) + 1);
  slots_[place] = value;
  return absl::OkStatus();
}

void NodeTable::prefetch(const node_key& key) const {
  __builtin_prefetch(&slots_[node_home(&key, homes_)], 1);
}

void NodeTable::erase(const node_key& key) {
  std::size_t slot = place_of(key);
  if (!holds(slot, key)) return;
  for (; slot + 1 < slots_.size() && !is_empty(slots_[slot + 1]) && distance(slot + 1) > 0; ++slot)
    slots_[slot] = slots_[slot + 1];
  slots_[slot] = node{};
}

void NodeTable::clear() { std::memset(slots_.data(), 0, slots_.size_bytes()); }

const node* NodeTable::find(const node_key& key) const {
  const std::size_t slot = place_of(key);
  return holds(slot, key) ? &slots_[slot] : nullptr;
}

}  // namespace signpost::datapath
