#include "policy/ring.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include "bpf/abi.h"
#include "bpf/slot.h"

namespace signpost::policy {
namespace {

using Slots = std::vector<std::uint16_t>;

std::map<std::uint16_t, std::uint64_t> count(const Slots& slots) {
  std::map<std::uint16_t, std::uint64_t> counts;
  for (const std::uint16_t slot : slots) ++counts[slot];
  return counts;
}

TEST(Ring, IsTheSmallestWithTheExactShares) {
  const Ring ring = build_ring({50, 30, 20});
  EXPECT_TRUE(ring.exact);
  EXPECT_EQ(ring.slots.size(), 10u);
  EXPECT_EQ(count(ring.slots), (std::map<std::uint16_t, std::uint64_t>{{0, 5}, {1, 3}, {2, 2}}));
}

TEST(Ring, NeedsNoSlotsForOneShare) { EXPECT_TRUE(build_ring({7}).slots.empty()); }

TEST(Ring, HasExactSharesInEveryWindowOfItsLength) {
  const unsigned seed = 20261121;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::uint64_t> weights(2 + random() % 6);
    for (auto& weight : weights) weight = 1 + random() % 255;
    const Ring ring = build_ring(weights);
    ASSERT_TRUE(ring.exact);
    const std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    const auto slots = static_cast<std::uint32_t>(ring.slots.size());
    std::uint32_t cursor = random() % 100000;
    std::vector<std::uint64_t> given(weights.size());
    for (std::uint32_t i = 0; i < slots; ++i) ++given[ring.slots[slot_in_turn(&cursor, slots)]];
    for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_EQ(given[i] * sum, weights[i] * slots);
  }
}

TEST(Ring, SpreadsTheSlotsOfAShareEvenly) {
  const Ring ring = build_ring({9, 1});
  // The lone slot stands in the middle, behind the fifth of the nine, whose place is the same.
  EXPECT_EQ(std::find(ring.slots.begin(), ring.slots.end(), 1) - ring.slots.begin(), 5);
}

TEST(Ring, RoundsByLargestRemaindersBeyondItsLimit) {
  const std::vector<std::uint64_t> weights{1000003, 999983, 7};
  const Ring ring = build_ring(weights);
  EXPECT_FALSE(ring.exact);
  ASSERT_EQ(ring.slots.size(), std::size_t{RING_SLOTS_MAX});
  const double sum = 1000003.0 + 999983 + 7;
  const auto counts = count(ring.slots);
  for (std::uint16_t i = 0; i < 2; ++i) {
    EXPECT_LT(std::abs(static_cast<double>(counts.at(i)) -
                       static_cast<double>(weights[i]) / sum * RING_SLOTS_MAX),
              1);
  }
}

TEST(Ring, HasNoErrorWhereItIsExact) {
  EXPECT_EQ(share_error({50, 30, 20}, build_ring({50, 30, 20}).slots), 0);
  EXPECT_EQ(share_error({1, 1, 1}, Slots{0, 1, 2}), 0)
      << "thirds have no exact floating-point number";
  EXPECT_EQ(share_error({1, 3}, Slots{0, 1}), 0.25);
}

TEST(Ring, IsLessThanASlotFromEveryShareWhateverTheWeights) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 100; ++round) {
    std::vector<std::uint64_t> weights(2 + random() % 200);
    const unsigned bits = 1 + random() % 45;
    for (auto& weight : weights) weight = 1 + random() % (std::uint64_t{1} << bits);
    const Ring ring = build_ring(weights);
    const double error = share_error(weights, ring.slots);
    // Largest remainders round the slots of a share, weight / sum * RING_SLOTS_MAX, up or down.
    EXPECT_LT(error, 1.0 / RING_SLOTS_MAX);
    EXPECT_EQ(error == 0, ring.exact);
  }
}

TEST(StickyRing, HasSharesWithinFiveStandardErrors) {
  const Ring ring = build_sticky_ring({50, 30, 20}, {"a#0", "b#0", "c#0"});
  const auto counts = count(ring.slots);
  const double shares[] = {0.5, 0.3, 0.2};
  for (std::uint16_t i = 0; i < 3; ++i) {
    // A slot falls to share p like a Bernoulli trial: standard error sqrt(p(1-p)/slots). Five of
    // them: 1 in 1.7 million.
    const double bound = 5 * std::sqrt(shares[i] * (1 - shares[i]) / kStickySlots);
    EXPECT_NEAR(static_cast<double>(counts.at(i)) / kStickySlots, shares[i], bound);
  }
}

TEST(StickyRing, MovesOnlySlotsOfAShareThatLeaves) {
  const Ring before = build_sticky_ring({50, 30, 20}, {"a#0", "b#0", "c#0"});
  const Ring after = build_sticky_ring({50, 20}, {"a#0", "c#0"});
  for (std::uint32_t slot = 0; slot < kStickySlots; ++slot) {
    const int moved_to = before.slots[slot] == 0 ? 0 : before.slots[slot] == 2 ? 1 : -1;
    if (moved_to >= 0) {
      EXPECT_EQ(after.slots[slot], moved_to) << slot;
    }
  }
}

TEST(StickyRing, MovesSlotsOnlyToAShareThatGrows) {
  const Ring before = build_sticky_ring({50, 30, 20}, {"a#0", "b#0", "c#0"});
  const Ring after = build_sticky_ring({50, 60, 20}, {"a#0", "b#0", "c#0"});
  for (std::uint32_t slot = 0; slot < kStickySlots; ++slot) {
    EXPECT_TRUE(after.slots[slot] == before.slots[slot] || after.slots[slot] == 1) << slot;
  }
}

TEST(RandomSlot, IsUniformWithinItsDerivedBias) {
  // slot_at_random maps 2^32 inputs on n slots: floor or ceil of 2^32 / n inputs each. Checked at
  // the edges.
  EXPECT_EQ(slot_at_random(0, 10), 0u);
  EXPECT_EQ(slot_at_random(0xffffffffu, 10), 9u);
  for (std::uint32_t slots : {2u, 3u, 10u, 65535u}) {
    for (std::uint32_t slot : {1u, slots / 2, slots - 1}) {
      const auto first =
          static_cast<std::uint32_t>(((std::uint64_t{slot} << 32) + slots - 1) / slots);
      EXPECT_EQ(slot_at_random(first, slots), slot);
      EXPECT_EQ(slot_at_random(first - 1, slots), slot - 1);
    }
  }
}

}  // namespace
}  // namespace signpost::policy
