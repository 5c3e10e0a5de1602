// Where the addresses of a family are, as a binary trie.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "geo/place_pool.h"

namespace signpost::geo {

// Below a record are all addresses that begin with the bits that lead to it from the root. No node
// has two equal places below it.
class PlaceTrie {
 public:
  using Record = std::uint32_t;  // a place, or the node with this index

  static constexpr Record of_place(PlaceId place) { return kPlace | place; }
  static constexpr bool is_place(Record record) { return (record & kPlace) != 0; }
  // Requires is_place(record).
  static constexpr PlaceId place(Record record) { return record & ~kPlace; }

  Record root() const { return root_; }
  void set_root(Record root) { root_ = root; }
  std::size_t size() const { return nodes_.size(); }
  void reserve(std::size_t nodes) { nodes_.reserve(nodes); }

  // The record of the addresses below `record` whose next bit is `bit`.
  Record child(Record record, bool bit) const {
    return is_place(record) ? record : nodes_[record][bit ? 1 : 0];
  }

  // A record with these two below it.
  Record join(Record zero, Record one) {
    if (zero == one && is_place(zero)) return zero;
    nodes_.push_back({zero, one});
    return static_cast<Record>(nodes_.size() - 1);
  }

  // Where `first` knows nothing, what `second` knows.
  static PlaceTrie merge(PlaceTrie first, PlaceTrie second);

 private:
  static constexpr Record kPlace = Record{1} << 31;

  Record root_ = kPlace;  // nothing known
  std::vector<std::array<Record, 2>> nodes_;
};

}  // namespace signpost::geo
