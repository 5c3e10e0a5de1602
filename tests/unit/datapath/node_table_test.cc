#include "datapath/node_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "bpf/node_table.h"

namespace signpost::datapath {
namespace {

std::string octets_of(const node_key& key) {
  return {reinterpret_cast<const char*>(&key), sizeof(key)};
}

// The first word of a digest whose home slot is `home` in a table for so many nodes.
std::uint32_t word_of_home(std::uint32_t home, std::uint32_t nodes) {
  const std::uint64_t homes = node_homes_for(nodes);
  return static_cast<std::uint32_t>(((std::uint64_t{home} << 32) + homes - 1) / homes);
}

node node_of(std::uint32_t word, std::uint32_t rest, std::uint16_t flags = 0) {
  node value{};
  value.key.digest[0] = word;
  value.key.digest[1] = rest;
  value.pages = 1;
  value.flags = flags;
  return value;
}

TEST(NodeTable, HoldsWhatAMapHoldsThroughAnySequenceOfChanges) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  constexpr std::uint32_t kNodes = 300;
  std::vector<node> slots(node_slots_for(kNodes));
  NodeTable table(slots);
  std::map<std::string, node> expected;
  for (int step = 0; step < 20000; ++step) {
    // Few home slots, so that nodes crowd.
    const auto word = [&] {
      return word_of_home(static_cast<std::uint32_t>(random() % 64) * 8, kNodes);
    };
    const node value = node_of(word(), static_cast<std::uint32_t>(random() % 8),
                               static_cast<std::uint16_t>(random()));
    if (random() % 2 == 0) {
      table.erase(value.key);
      expected.erase(octets_of(value.key));
    } else if (table.put(value).ok()) {
      expected[octets_of(value.key)] = value;
    }
    const node asked = node_of(word(), static_cast<std::uint32_t>(random() % 8));
    const auto known = expected.find(octets_of(asked.key));
    const node* found = table.find(asked.key);
    ASSERT_EQ(found != nullptr, known != expected.end()) << "step " << step;
    if (found != nullptr) {
      ASSERT_EQ(found->flags, known->second.flags);
    }
  }
  std::size_t held = 0;
  for (const node& slot : slots) held += slot.pages != 0;
  EXPECT_EQ(held, expected.size());
}

TEST(NodeTable, RefusesANodeThatIsTooFarFromItsHomeAndStaysAsItWas) {
  std::vector<node> slots(node_slots_for(1000));
  NodeTable table(slots);
  const std::uint32_t fourth = word_of_home(4, 1000);
  const std::uint32_t fifth = word_of_home(5, 1000);
  for (std::uint32_t i = 0; i < NODE_PROBES_MAX; ++i)
    ASSERT_TRUE(table.put(node_of(fifth, i)).ok());
  const std::vector<node> before = slots;
  EXPECT_EQ(table.put(node_of(fifth, NODE_PROBES_MAX)).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(table.put(node_of(fourth, 0)).code(), absl::StatusCode::kOk);
  table.erase(node_of(fourth, 0).key);
  // A node that begins before would push the last one too far.
  ASSERT_TRUE(table.put(node_of(fourth, 0)).ok());
  EXPECT_EQ(table.put(node_of(fourth, 1)).code(), absl::StatusCode::kResourceExhausted);
  table.erase(node_of(fourth, 0).key);
  EXPECT_EQ(std::memcmp(slots.data(), before.data(), before.size() * sizeof(node)), 0);
  EXPECT_TRUE(table.put(node_of(fifth, 3, 9)).ok()) << "replacing needs no slot";
  EXPECT_EQ(table.find(node_of(fifth, 3).key)->flags, 9);
}

// How far nodes lie from their homes is how long customers wait for a server that is busy for half
// of the time (M/D/1): more than x slots for about exp(-1.256 x) of them, where 1.256 is t in
// 0.5 (exp(t) - 1) = t. So the furthest of a million lies about 11 slots away, and one in 10^17
// would need more than the limit of 32.
TEST(NodeTable, HoldsAsManyNodesAsItIsMadeFor) {
  constexpr std::uint32_t kNodes = 1'000'000;
  std::vector<node> slots(node_slots_for(kNodes));
  NodeTable table(slots);
  std::mt19937_64 random(7);
  std::size_t furthest = 0;
  for (std::uint32_t i = 0; i < kNodes; ++i)
    ASSERT_TRUE(table.put(node_of(static_cast<std::uint32_t>(random()), i)).ok()) << i;
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    if (slots[slot].pages == 0) continue;
    furthest =
        std::max<std::size_t>(furthest, slot - node_home(&slots[slot].key, node_homes_for(kNodes)));
  }
  EXPECT_LT(furthest, NODE_PROBES_MAX - 8);
  RecordProperty("furthest", static_cast<int>(furthest));
  table.clear();
  EXPECT_EQ(table.find(slots[0].key), nullptr);
}

}  // namespace
}  // namespace signpost::datapath
