// An immutable map: a change gives a new map that shares all untouched parts with the old one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"

namespace signpost::model {

// A hash array mapped trie. Copying is O(1); find, with and without are O(log32 n). Values are small or shared_ptr.
// Readers need no lock; each value of the map itself may be used by one thread at a time, its copies by any.
template <typename Key, typename Value>
class PersistentMap {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The value of `key`, valid as long as any map that shares it; null if there is none.
  const Value* find(const Key& key) const {
    const std::uint64_t hash = hash_of(key);
    const Branch* branch = root_.get();
    for (unsigned shift = 0; branch != nullptr; shift += kBits) {
      const std::uint32_t bit = bit_of(hash, shift);
      if ((branch->present & bit) == 0) return nullptr;
      const Slot& slot = branch->slots[index_of(*branch, bit)];
      if (slot.leaf) return find_in(*slot.leaf, key);
      branch = slot.branch.get();
    }
    return nullptr;
  }

  // This map with `key` set to `value`.
  PersistentMap with(const Key& key, Value value) const {
    PersistentMap result = *this;
    bool added = false;
    result.root_ = put(root_.get(), hash_of(key), 0, key, std::move(value), added);
    result.size_ += added ? 1 : 0;
    return result;
  }

  // This map without `key`.
  PersistentMap without(const Key& key) const {
    if (find(key) == nullptr) return *this;
    PersistentMap result = *this;
    result.root_ = drop(*root_, hash_of(key), 0, key);
    --result.size_;
    return result;
  }

  // Calls visit(key, value) for every entry, in no particular order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    if (root_) walk(*root_, visit);
  }

 private:
  static constexpr unsigned kBits = 5;
  static constexpr unsigned kHashBits = 64;

  struct Branch;
  using Leaf = std::vector<std::pair<Key, Value>>;  // more than one entry only if whole hashes collide
  struct Slot {
    std::shared_ptr<const Branch> branch;
    std::shared_ptr<const Leaf> leaf;
  };
  struct Branch {
    std::uint32_t present = 0;
    std::vector<Slot> slots;
  };

  static std::uint64_t hash_of(const Key& key) { return absl::Hash<Key>{}(key); }
  static std::uint32_t bit_of(std::uint64_t hash, unsigned shift) {
    return std::uint32_t{1} << ((hash >> shift) & 31);
  }
  static std::size_t index_of(const Branch& branch, std::uint32_t bit) {
    return static_cast<std::size_t>(std::popcount(branch.present & (bit - 1)));
  }
  static const Value* find_in(const Leaf& leaf, const Key& key) {
    for (const auto& [candidate, value] : leaf)
      if (candidate == key) return &value;
    return nullptr;
  }

  static std::shared_ptr<const Branch> put(const Branch* old, std::uint64_t hash, unsigned shift, const Key& key,
                                           Value value, bool& added) {
    auto copy = old == nullptr ? std::make_shared<Branch>() : std::make_shared<Branch>(*old);
    const std::uint32_t bit = bit_of(hash, shift);
    const std::size_t index = index_of(*copy, bit);
    if ((copy->present & bit) == 0) {
      copy->present |= bit;
      copy->slots.insert(copy->slots.begin() + static_cast<std::ptrdiff_t>(index),
                         Slot{nullptr, std::make_shared<Leaf>(Leaf{{key, std::move(value)}})});
      added = true;
      return copy;
    }
    Slot& slot = copy->slots[index];
    if (slot.branch) {
      slot.branch = put(slot.branch.get(), hash, shift + kBits, key, std::move(value), added);
      return copy;
    }
    slot = put_beside(*slot.leaf, hash, shift, key, std::move(value), added);
    return copy;
  }

  // What takes the place of `leaf` once `key` is added: a leaf for an equal hash, else a branch one level down.
  static Slot put_beside(const Leaf& leaf, std::uint64_t hash, unsigned shift, const Key& key, Value value,
                         bool& added) {
    const std::uint64_t other_hash = hash_of(leaf.front().first);
    if (other_hash == hash || shift + kBits >= kHashBits) {
      auto merged = std::make_shared<Leaf>(leaf);
      auto same = std::find_if(merged->begin(), merged->end(), [&](const auto& entry) { return entry.first == key; });
      if (same != merged->end()) {
        same->second = std::move(value);
      } else {
        merged->emplace_back(key, std::move(value));
        added = true;
      }
      return Slot{nullptr, std::move(merged)};
    }
    auto below = std::make_shared<Branch>();
    below->present = bit_of(other_hash, shift + kBits);
    below->slots.push_back(Slot{nullptr, std::make_shared<Leaf>(leaf)});
    return Slot{put(below.get(), hash, shift + kBits, key, std::move(value), added), nullptr};
  }

  // Requires that `key` is present below `old`. Null if nothing is left.
  static std::shared_ptr<const Branch> drop(const Branch& old, std::uint64_t hash, unsigned shift, const Key& key) {
    auto copy = std::make_shared<Branch>(old);
    const std::uint32_t bit = bit_of(hash, shift);
    const std::size_t index = index_of(*copy, bit);
    Slot& slot = copy->slots[index];
    if (slot.branch) {
      slot.branch = drop(*slot.branch, hash, shift + kBits, key);
    } else {
      auto rest = std::make_shared<Leaf>();
      for (const auto& entry : *slot.leaf)
        if (!(entry.first == key)) rest->push_back(entry);
      slot.leaf = rest->empty() ? nullptr : std::move(rest);
    }
    if (!slot.branch && !slot.leaf) {
      copy->present &= ~bit;
      copy->slots.erase(copy->slots.begin() + static_cast<std::ptrdiff_t>(index));
    }
    return copy->present == 0 ? nullptr : copy;
  }

  template <typename Visit>
  static void walk(const Branch& branch, Visit& visit) {
    for (const Slot& slot : branch.slots) {
      if (slot.branch) {
        walk(*slot.branch, visit);
      } else {
        for (const auto& [key, value] : *slot.leaf) visit(key, value);
      }
    }
  }

  std::shared_ptr<const Branch> root_;
  std::size_t size_ = 0;
};

}  // namespace signpost::model
