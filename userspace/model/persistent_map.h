// A map with cheap copies: a copy shares all parts with the original until one of them is changed.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

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

  // The value of `key`, or null. Valid until this map changes, and as long as another one shares
  // it.
  const Value* find(const Key& key) const { return find_like(key); }

  // The same for a key of a type that hashes and compares as Key does, and must not be copied for
  // it.
  template <typename Like>
  requires(!std::convertible_to<const Like&, Key>) const Value* find(const Like& key) const {
    return find_like(key);
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

  // Where for_each comes to `key`: it goes in ascending order, which is the same for all maps with
  // this type of key. Work on many keys is fastest in this order: what a map needs for one of them
  // lies beside what it needs for the next.
  static std::uint64_t order_of(const Key& key) {
    const std::uint64_t hash = hash_of(key);
    std::uint64_t order = 0;
    for (unsigned shift = 0; shift < kOrderBits; shift += kBits)
      order = order << kBits | ((hash >> shift) & (kWidth - 1));
    return order << (64 - kOrderBits) | hash >> kOrderBits;
  }

  // Calls visit(key, value) for every entry.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    walk(root_, visit);
  }

  // Calls visit(key, former, value) for every key whose value may differ from that in `before`,
  // each once; a pointer is null where a map lacks the key. Parts that the two maps share are
  // passed over, so that the work grows with what was changed since one was a copy of the other.
  template <typename Visit>
  void for_each_change(const PersistentMap& before, Visit&& visit) const {
    compare(before.root_, root_, 0, visit);
  }

 private:
  static constexpr unsigned kBits = 5;
  static constexpr std::size_t kWidth = std::size_t{1} << kBits;
  static constexpr unsigned kOrderBits = 64 / kBits * kBits;

  struct Leaf;
  struct Branch;

  // Owns a share of a leaf or a branch, told apart by the lowest bit. Both count their owners
  // themselves: that takes a quarter of the memory of shared_ptr, and one access less on the way.
  class Slot {
   public:
    Slot() = default;
    explicit Slot(Leaf* leaf) : at_(reinterpret_cast<std::byte*>(leaf) + 1) {}
    explicit Slot(Branch* branch) : at_(reinterpret_cast<std::byte*>(branch)) {}
    Slot(const Slot& other) : at_(other.at_) {
      if (!is_empty()) owners().fetch_add(1, std::memory_order_relaxed);
    }
    Slot(Slot&& other) noexcept : at_(std::exchange(other.at_, nullptr)) {}
    Slot& operator=(Slot other) noexcept {
      std::swap(at_, other.at_);
      return *this;
    }
    ~Slot() {
      if (is_empty() || owners().fetch_sub(1, std::memory_order_acq_rel) > 1) return;
      if (is_leaf()) {
        delete leaf();
      } else {
        Branch::destroy(branch());
      }
    }

    bool is_empty() const { return at_ == nullptr; }
    bool is_leaf() const { return (reinterpret_cast<std::uintptr_t>(at_) & 1) != 0; }
    bool is_branch() const { return !is_empty() && !is_leaf(); }
    bool is_same(const Slot& other) const { return at_ == other.at_; }
    Leaf* leaf() const { return reinterpret_cast<Leaf*>(at_ - 1); }
    Branch* branch() const { return reinterpret_cast<Branch*>(at_); }

    // Whoever gave up the last other share has finished reading once this is false.
    bool is_shared() const { return owners().load(std::memory_order_acquire) > 1; }

   private:
    std::atomic<std::uint32_t>& owners() const {
      return is_leaf() ? leaf()->owners : branch()->owners;
    }

    std::byte* at_ = nullptr;  // a branch, or the octet behind the first of a leaf
  };

  struct Leaf {
    Leaf(std::uint64_t whole_hash, const Key& leaf_key, Value leaf_value, Slot rest = {})
        : hash(whole_hash), key(leaf_key), value(std::move(leaf_value)), next(std::move(rest)) {}

    std::atomic<std::uint32_t> owners{1};
    std::uint64_t hash;
    Key key;
    Value value;
    Slot next;  // a leaf of the same whole hash
  };

  // The slots, as many as bits are set in `present`, lie behind the object.
  struct Branch {
    static Branch* make(std::size_t capacity) {
      void* memory = ::operator new(sizeof(Branch) + capacity * sizeof(Slot));
      auto* branch = new (memory) Branch;
      branch->capacity = static_cast<std::uint32_t>(capacity);
      return branch;
    }
    static void destroy(Branch* branch) {
      std::destroy_n(branch->slots(), branch->size());
      branch->~Branch();
      ::operator delete(branch);
    }

    std::size_t size() const { return static_cast<std::size_t>(std::popcount(present)); }
    Slot* slots() { return reinterpret_cast<Slot*>(this + 1); }
    const Slot* slots() const { return reinterpret_cast<const Slot*>(this + 1); }

    std::atomic<std::uint32_t> owners{1};
    std::uint32_t present = 0;
    std::uint64_t capacity = 0;
  };

  template <typename Like>
  static std::uint64_t hash_of(const Like& key) {
    return absl::Hash<Like>{}(key);
  }
  static std::uint32_t bit_of(std::uint64_t hash, unsigned shift) {
    return std::uint32_t{1} << ((hash >> shift) & (kWidth - 1));
  }
  static std::size_t index_of(const Branch& branch, std::uint32_t bit) {
    return static_cast<std::size_t>(std::popcount(branch.present & (bit - 1)));
  }
  template <typename Like>
  static const Value* find_in(const Slot& chain, std::uint64_t hash, const Like& key) {
    if (chain.leaf()->hash != hash) return nullptr;
    for (const Slot* at = &chain; !at->is_empty(); at = &at->leaf()->next)
      if (at->leaf()->key == key) return &at->leaf()->value;
    return nullptr;
  }

  template <typename Like>
  const Value* find_like(const Like& key) const {
    return find_below(root_, hash_of(key), 0, key);
  }

  template <typename Like>
  static const Value* find_below(const Slot& top, std::uint64_t hash, unsigned shift,
                                 const Like& key) {
    const Slot* slot = &top;
    for (; !slot->is_empty(); shift += kBits) {
      if (slot->is_leaf()) return find_in(*slot, hash, key);
      const Branch& branch = *slot->branch();
      const std::uint32_t bit = bit_of(hash, shift);
      if ((branch.present & bit) == 0) return nullptr;
      slot = &branch.slots()[index_of(branch, bit)];
    }
    return nullptr;
  }

  // The branch at `at`, with room for one more slot if `room`, and shared with nobody: this one,
  // or else another put in its place.
  static Branch& own(Slot& at, bool room) {
    if (at.is_empty()) {
      at = Slot(Branch::make(kWidth / 8));
      return *at.branch();
    }
    Branch& old = *at.branch();
    const std::size_t size = old.size();
    const bool full = room && size == old.capacity;
    const bool shared = at.is_shared();
    if (!full && !shared) return old;
    const std::size_t capacity = room ? std::min(kWidth, size + 1 + size / 4) : size;
    Branch* fresh = Branch::make(capacity);
    if (shared) {
      std::uninitialized_copy_n(old.slots(), size, fresh->slots());
    } else {
      std::uninitialized_move_n(old.slots(), size, fresh->slots());
    }
    fresh->present = old.present;
    at = Slot(fresh);
    return *fresh;
  }

  static void insert(Branch& branch, std::uint32_t bit, Slot slot) {
    const std::size_t index = index_of(branch, bit);
    Slot* const slots = branch.slots();
    std::size_t at = branch.size();
    new (&slots[at]) Slot;
    for (; at > index; --at) slots[at] = std::move(slots[at - 1]);
    slots[index] = std::move(slot);
    branch.present |= bit;
  }

  // True if `key` was added, false if its value was replaced.
  static bool put(Slot& at, std::uint64_t hash, unsigned shift, const Key& key, Value value) {
    const std::uint32_t bit = bit_of(hash, shift);
    const bool is_new = at.is_empty() || (at.branch()->present & bit) == 0;
    Branch& branch = own(at, is_new);
    if (is_new) {
      insert(branch, bit, Slot(new Leaf(hash, key, std::move(value))));
      return true;
    }
    Slot& slot = branch.slots()[index_of(branch, bit)];
    if (!slot.is_leaf()) return put(slot, hash, shift + kBits, key, std::move(value));
    return put_beside(slot, hash, shift, key, std::move(value));
  }

  // `slot` holds a leaf: changes or extends it if the whole hash is equal, else makes it a branch
  // one level down.
  static bool put_beside(Slot& slot, std::uint64_t hash, unsigned shift, const Key& key,
                         Value value) {
    Leaf& leaf = *slot.leaf();
    if (leaf.hash != hash) {
      Branch* below = Branch::make(2);
      insert(*below, bit_of(leaf.hash, shift + kBits), std::move(slot));
      slot = Slot(below);
      return put(slot, hash, shift + kBits, key, std::move(value));
    }
    if (leaf.key == key && !slot.is_shared()) {
      leaf.value = std::move(value);
      return false;
    }
    const bool added = find_in(slot, hash, key) == nullptr;
    slot = Slot(new Leaf(hash, key, std::move(value), without(slot, key)));
    return added;
  }

  // A chain of leaves without the one of `key`.
  static Slot without(const Slot& chain, const Key& key) {
    if (chain.is_empty()) return Slot();
    const Leaf& leaf = *chain.leaf();
    if (leaf.key == key) return leaf.next;
    return Slot(new Leaf(leaf.hash, leaf.key, leaf.value, without(leaf.next, key)));
  }

  // Requires that `key` is present below `at`, which becomes empty if nothing is left.
  static void drop(Slot& at, std::uint64_t hash, unsigned shift, const Key& key) {
    Branch& branch = own(at, false);
    const std::uint32_t bit = bit_of(hash, shift);
    const std::size_t index = index_of(branch, bit);
    Slot* const slots = branch.slots();
    if (slots[index].is_leaf()) {
      slots[index] = without(slots[index], key);
    } else {
      drop(slots[index], hash, shift + kBits, key);
    }
    if (!slots[index].is_empty()) return;
    const std::size_t last = branch.size() - 1;
    for (std::size_t i = index; i < last; ++i) slots[i] = std::move(slots[i + 1]);
    std::destroy_at(&slots[last]);
    branch.present &= ~bit;
    if (branch.present == 0) at = Slot();
  }

  template <typename Visit>
  static void walk(const Slot& slot, Visit& visit) {
    if (slot.is_empty()) return;
    if (slot.is_leaf()) {
      for (const Slot* at = &slot; !at->is_empty(); at = &at->leaf()->next)
        visit(std::as_const(at->leaf()->key), std::as_const(at->leaf()->value));
      return;
    }
    const Branch& branch = *slot.branch();
    for (std::size_t i = 0; i < branch.size(); ++i) walk(branch.slots()[i], visit);
  }

  // Slots at the same place of two maps.
  template <typename Visit>
  static void compare(const Slot& before, const Slot& after, unsigned shift, Visit& visit) {
    if (before.is_same(after)) return;
    if (before.is_branch() && after.is_branch())
      return compare(*before.branch(), *after.branch(), shift, visit);
    const auto gone_or_changed = [&](const Key& key, const Value& former) {
      visit(key, &former, find_below(after, hash_of(key), shift, key));
    };
    walk(before, gone_or_changed);
    const auto added = [&](const Key& key, const Value& value) {
      const Value* const none = nullptr;
      if (find_below(before, hash_of(key), shift, key) == nullptr) visit(key, none, &value);
    };
    walk(after, added);
  }

  template <typename Visit>
  static void compare(const Branch& before, const Branch& after, unsigned shift, Visit& visit) {
    const Slot none;
    const auto slot_of = [&](const Branch& branch, std::uint32_t bit) -> const Slot& {
      return (branch.present & bit) == 0 ? none : branch.slots()[index_of(branch, bit)];
    };
    for (std::uint32_t left = before.present | after.present; left != 0; left &= left - 1) {
      const std::uint32_t bit = left & -left;
      compare(slot_of(before, bit), slot_of(after, bit), shift + kBits, visit);
    }
  }

  Slot root_;
  std::size_t size_ = 0;
};

}  // namespace signpost::model
