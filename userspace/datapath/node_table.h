// The nodes of one set: the hash table of bpf/abi.h, in memory that the XDP program or its native
// build reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "absl/status/status.h"
#include "bpf/abi.h"

namespace signpost::datapath {

// Home slots for so many nodes: half of them are taken then, most nodes lie in their home slots,
// and the chance that one finds no slot near it is below 10^-16
// (tests/unit/datapath/node_table_test.cc). node_slots_for() adds those behind the last one.
std::uint32_t node_homes_for(std::uint32_t nodes);
std::uint32_t node_slots_for(std::uint32_t nodes);

// A view of slots; copies share them. Nobody may search a table while it is changed.
class NodeTable {
 public:
  NodeTable() = default;
  // `slots`: node_slots_for() the number that it is to hold; all empty, or as a NodeTable left
  // them.
  explicit NodeTable(std::span<node> slots);

  // Inserts the node, or replaces the one with its key. RESOURCE_EXHAUSTED, and nothing changed, if
  // no slot near its home is left.
  absl::Status put(const node& value);

  // Asks memory ahead for where a node of this key lies or would.
  void prefetch(const node_key& key) const;
  // An absent key is no error.
  void erase(const node_key& key);
  void clear();

  // The node, or null.
  const node* find(const node_key& key) const;

 private:
  // How far the node in a slot lies behind its home slot.
  std::size_t distance(std::size_t slot) const;
  // The slot that holds the key, or else the one that a node with the key belongs in.
  std::size_t place_of(const node_key& key) const;
  bool holds(std::size_t slot, const node_key& key) const;

  std::span<node> slots_;
  std::uint32_t homes_ = 0;
};

}  // namespace signpost::datapath
