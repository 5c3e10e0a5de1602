// Slots of a ring from shares.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace signpost::policy {

struct Ring {
  std::vector<std::uint16_t> slots;  // indices of the shares; empty if there is one share
  bool exact = true;                 // each share has exactly weight / sum of the slots
};

// The smallest ring that gives the exact shares, each share's slots spread evenly. Where their
// common denominator exceeds RING_SLOTS_MAX: that many slots, by largest remainders. These round
// the number of a share's slots up or down to a whole one, so that each share is less than
// 1 / RING_SLOTS_MAX = 0.0016 percentage points from the exact one. Requires 1 to 65,535 weights,
// all above 0.
Ring build_ring(const std::vector<std::uint64_t>& weights);

// A ring of kStickySlots in which a slot changes its share only if a share grows, shrinks, comes or
// goes: weighted rendezvous hashing of (slot, key). Shares are approximate: the standard error of a
// share p is sqrt(p(1-p)/4096), below 0.8 percentage points. `keys` are distinct names of the
// shares that outlive changes.
Ring build_sticky_ring(const std::vector<std::uint64_t>& weights,
                       const std::vector<std::string>& keys);

inline constexpr std::uint32_t kStickySlots = 4096;

// How far the shares of `slots`, indices of `weights`, are from weight / sum: the largest
// difference, in parts of 1; 0 only if all are exact. Requires slots and weights, all above 0.
double share_error(const std::vector<std::uint64_t>& weights, std::span<const std::uint16_t> slots);

}  // namespace signpost::policy
