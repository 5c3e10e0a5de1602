// Slots of a ring from shares.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace signpost::policy {

struct Ring {
  std::vector<std::uint16_t> slots;  // indices of the shares; empty if there is one share
  bool exact = true;                 // each share has exactly weight / sum of the slots
};

// The smallest ring that gives the exact shares, each share's slots spread evenly. Where their
// common denominator exceeds RING_SLOTS_MAX: that many slots, by largest remainders. Requires 1 to
// 65,535 weights, all above 0.
Ring build_ring(const std::vector<std::uint64_t>& weights);

// A ring of kStickySlots in which a slot changes its share only if a share grows, shrinks, comes or
// goes: weighted rendezvous hashing of (slot, key). Shares are approximate: the standard error of a
// share p is sqrt(p(1-p)/4096), below 0.8 percentage points. `keys` are distinct names of the
// shares that outlive changes.
Ring build_sticky_ring(const std::vector<std::uint64_t>& weights,
                       const std::vector<std::string>& keys);

inline constexpr std::uint32_t kStickySlots = 4096;

}  // namespace signpost::policy
