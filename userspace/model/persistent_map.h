// A map with cheap copies: a copy shares all parts with the original until one of them is changed.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"

namespace signpost::model {

// A hash array mapped trie. Copying is O(1); find, set and erase are O(log32 n). Values are small
// or shared_ptr. A map is changed by one thread while nobody reads that same object; its copies are
// independent and need no lock.
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

  // Sets `key` to `value`. Parts that no other map shares are changed in place.
  void set(const Key& key, Value value) {
    size_ += put(root_, hash_of(key), 0, key, std::move(value)) ? 1 : 0;
  }

  // Removes `key`, if it is there.
  void erase(const Key& key) {
    if (find(key) == nullptr) return;
    drop(root_, hash_of(key), 0, key);
    --size_;
  }

  // Calls visit(key, value) for every entry, in no particular order.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    if (root_) walk(*root_, visit);
  }

 private:
  static constexpr unsigned kBits = 5;

  struct Branch;
  using Leaf =
      std::vector<std::pair<Key, Value>>;  // more than one entry only if whole hashes collide
  struct Slot {
    std::shared_ptr<Branch> branch;
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

  // A branch that may be changed: this one if nothing else shares it, else a copy put in its place.
  static Branch& own(std::shared_ptr<Branch>& branch) {
    if (!branch) {
      branch = std::make_shared<Branch>();
    } else if (branch.use_count() > 1) {
      branch = std::make_shared<Branch>(*branch);
    } else {
      // Whoever gave up the last other copy has finished reading before we change it.
      std::atomic_thread_fence(std::memory_order_acquire);
    }
    return *branch;
  }

  static Slot leaf_of(const Key& key, Value value) {
    auto leaf = std::make_shared<Leaf>();
    leaf->emplace_back(key, std::move(value));
    return Slot{nullptr, std::move(leaf)};
  }

  // True if `key` was added, false if its value was replaced.
  static bool put(std::shared_ptr<Branch>& at, std::uint64_t hash, unsigned shift, const Key& key,
                  Value value) {
    Branch& branch = own(at);
    const std::uint32_t bit = bit_of(hash, shift);
    const std::size_t index = index_of(branch, bit);
    if ((branch.present & bit) == 0) {
      branch.present |= bit;
      branch.slots.insert(branch.slots.begin() + static_cast<std::ptrdiff_t>(index),
                          leaf_of(key, std::move(value)));
      return true;
    }
    Slot& slot = branch.slots[index];
    if (slot.branch) return put(slot.branch, hash, shift + kBits, key, std::move(value));
    return put_beside(slot, hash, shift, key, std::move(value));
  }

  // `slot` holds a leaf: adds to it if the whole hash is equal, else makes it a branch one level
  // down.
  static bool put_beside(Slot& slot, std::uint64_t hash, unsigned shift, const Key& key,
                         Value value) {
    const std::uint64_t other_hash = hash_of(slot.leaf->front().first);
    if (other_hash != hash) {
      auto below = std::make_shared<Branch>();
      below->present = bit_of(other_hash, shift + kBits);
      below->slots.push_back(Slot{nullptr, std::move(slot.leaf)});
      slot = Slot{std::move(below), nullptr};
      return put(slot.branch, hash, shift + kBits, key, std::move(value));
    }
    auto merged = std::make_shared<Leaf>(*slot.leaf);
    auto same = std::find_if(merged->begin(), merged->end(),
                             [&](const auto& entry) { return entry.first == key; });
    const bool added = same == merged->end();
    if (added) {
      merged->emplace_back(key, std::move(value));
    } else {
      same->second = std::move(value);
    }
    slot.leaf = std::move(merged);
    return added;
  }

  // Requires that `key` is present below `at`, which becomes null if nothing is left.
  static void drop(std::shared_ptr<Branch>& at, std::uint64_t hash, unsigned shift,
                   const Key& key) {
    Branch& branch = own(at);
    const std::uint32_t bit = bit_of(hash, shift);
    const std::size_t index = index_of(branch, bit);
    Slot& slot = branch.slots[index];
    if (slot.branch) {
      drop(slot.branch, hash, shift + kBits, key);
    } else {
      auto rest = std::make_shared<Leaf>();
      for (const auto& entry : *slot.leaf)
        if (!(entry.first == key)) rest->push_back(entry);
      slot.leaf = rest->empty() ? nullptr : std::move(rest);
    }
    if (!slot.branch && !slot.leaf) {
      branch.present &= ~bit;
      branch.slots.erase(branch.slots.begin() + static_cast<std::ptrdiff_t>(index));
    }
    if (branch.present == 0) at = nullptr;
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

  std::shared_ptr<Branch> root_;
  std::size_t size_ = 0;
};

}  // namespace signpost::model
