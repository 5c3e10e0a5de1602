#include "datapath/node_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace signpost::datapath {
namespace {

std::string octets_of(const node_key& key) {
  return {reinterpret_cast<const char*>(&key), sizeof(key)};
}

node node_of(std::uint32_t home, std::uint32_t rest, std::uint16_t flags = 0) {
  node value{};
  value.key.digest[0] = home;
  value.key.digest[1] = rest;
  value.pages = 1;
  value.flags = flags;
  return value;
}

TEST(NodeTable, HoldsWhatAMapHoldsThroughAnySequenceOfChanges) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  std::vector<node> slots(node_slots_for(300));
  NodeTable table(slots);
  std::map<std::string, node> expected;
  for (int step = 0; step < 20000; ++step) {
    // Few home slots, so that nodes crowd.
    const node value =
        node_of(static_cast<std::uint32_t>(random() % 64) * 7,
                static_cast<std::uint32_t>(random() % 8), static_cast<std::uint16_t>(random()));
    if (random() % 2 == 0) {
      table.erase(value.key);
      expected.erase(octets_of(value.key));
    } else if (table.put(value).ok()) {
      expected[octets_of(value.key)] = value;
    }
    const node asked = node_of(static_cast<std::uint32_t>(random() % 64) * 7,
                               static_cast<std::uint32_t>(random() % 8));
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
  for (std::uint32_t i = 0; i < NODE_PROBES_MAX; ++i) ASSERT_TRUE(table.put(node_of(5, i)).ok());
  const std::vector<node> before = slots;
  EXPECT_EQ(table.put(node_of(5, NODE_PROBES_MAX)).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(table.put(node_of(4, 0)).code(), absl::StatusCode::kOk);
  table.erase(node_of(4, 0).key);
  // A node that begins before would push the last one too far.
  ASSERT_TRUE(table.put(node_of(4, 0)).ok());
  EXPECT_EQ(table.put(node_of(4, 1)).code(), absl::StatusCode::kResourceExhausted);
  table.erase(node_of(4, 0).key);
  EXPECT_EQ(std::memcmp(slots.data(), before.data(), before.size() * sizeof(node)), 0);
  EXPECT_TRUE(table.put(node_of(5, 3, 9)).ok()) << "replacing needs no slot";
  EXPECT_EQ(table.find(node_of(5, 3).key)->flags, 9);
}

// At three quarters of the home slots taken, the furthest of 786,432 nodes lies about 30 slots from
// its home: the limit of 64 leaves room, and random keys do not come near it.
TEST(NodeTable, HoldsAsManyNodesAsItIsMadeFor) {
  constexpr std::uint32_t kNodes = 3u << 18;  // the most for 2^20 home slots
  std::vector<node> slots(node_slots_for(kNodes));
  NodeTable table(slots);
  std::mt19937_64 random(7);
  std::size_t furthest = 0;
  for (std::uint32_t i = 0; i < kNodes; ++i)
    ASSERT_TRUE(table.put(node_of(static_cast<std::uint32_t>(random()), i)).ok()) << i;
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    if (slots[slot].pages == 0) continue;
    furthest =
        std::max<std::size_t>(furthest, slot - (slots[slot].key.digest[0] & node_mask_for(kNodes)));
  }
  EXPECT_LT(furthest, NODE_PROBES_MAX - 16);
  RecordProperty("furthest", static_cast<int>(furthest));
  table.clear();
  EXPECT_EQ(table.find(slots[0].key), nullptr);
}

}  // namespace
}  // namespace signpost::datapath
