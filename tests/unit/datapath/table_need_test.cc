#include "datapath/table_need.h"

#include <gtest/gtest.h>

#include <random>

#include "datapath/publisher.h"
#include "tests/support/memory_maps.h"
#include "tests/support/random_table.h"

namespace signpost::datapath {
namespace {

using signpost::testing::MemoryMaps;
using signpost::testing::RandomTable;

constexpr Capacity kRoomy{.nodes = 4000, .cells = 60000, .rings = 100, .counters = 100};

TEST(TableNeed, IsWhatThePublisherHolds) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  RandomTable random(seed);
  for (int round = 0; round < 30; ++round) {
    random.change(60);
    MemoryMaps maps(kRoomy);
    Publisher publisher(maps);
    ASSERT_TRUE(publisher.rebuild(random.table()).ok());
    const TableNeed need = need_of(random.table());
    EXPECT_EQ(need.nodes, publisher.use().nodes);
    EXPECT_EQ(need.cells, publisher.use().cells);
  }
}

// What need_of() says of an answer at one name, beside what an empty zone needs.
TableNeed need_of_answer(const model::Answer& answer) {
  model::AnswerTable table;
  auto node = std::make_shared<model::Node>();
  node->types.emplace_back(dns::RRType::kA, std::make_shared<const model::Answer>(answer));
  table.nodes.set(dns::Name::parse("www.example.com.").value(), node);
  return need_of(table);
}

model::Answer ring_of(model::RingMode mode) {
  model::Answer answer;
  answer.variants.resize(3);
  answer.variants[0].choice = "one";
  answer.variants[1].choice = "two";
  answer.variants[2].choice = "two";  // its values in another order
  answer.ring = model::Ring{.slots = {0, 1, 2}, .mode = mode};
  return answer;
}

TEST(TableNeed, CountsACursorForARingInTurnAndACounterForEachChoice) {
  const TableNeed need = need_of_answer(ring_of(model::RingMode::kExact));
  EXPECT_EQ(need.rings, 1u);
  EXPECT_EQ(need.counters, 2u);
  EXPECT_EQ(need.answers, 1u);
  EXPECT_EQ(need.passed, 0u);
  EXPECT_EQ(need_of_answer(ring_of(model::RingMode::kSticky)).rings, 0u);
  EXPECT_EQ(need_of_answer(ring_of(model::RingMode::kRandom)).rings, 0u);
}

TEST(TableNeed, CountsWhatOnlyTheSlowPathGives) {
  model::Answer answer = ring_of(model::RingMode::kExact);
  answer.variants[1].octets = std::string(VARIANT_OCTETS_MAX + 1, 'x');
  const TableNeed need = need_of_answer(answer);
  EXPECT_EQ(need.answers, 1u);
  EXPECT_EQ(need.passed, 1u);
  EXPECT_EQ(need.cells, 0u);
}

TEST(TableNeed, CountsEachRingOfAnAnswerByLocalityAndItsPartitionOnce) {
  auto partition = std::make_shared<model::Partition>();
  partition->classes = {0, 1, 1, 0};
  partition->count = 2;
  model::AnswersByLocality local;
  local.partition = partition;
  for (int i = 0; i < 2; ++i)
    local.answers.push_back(
        std::make_shared<const model::Answer>(ring_of(model::RingMode::kExact)));
  model::Answer answer;
  answer.by_locality = local;
  const TableNeed need = need_of_answer(answer);
  EXPECT_EQ(need.rings, 2u);
  EXPECT_EQ(need.counters, 2u) << "a choice is counted for all clients together";
  EXPECT_EQ(need.partitions, 1u);
  EXPECT_GT(need.partition_cells, 0u);
}

TEST(TableNeed, IsCheckedByThePublisherWithoutAChange) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  RandomTable random(seed);
  Capacity tight = kRoomy;
  tight.nodes = 40;
  MemoryMaps maps(tight);
  Publisher publisher(maps);
  random.change(1);
  ASSERT_TRUE(publisher.rebuild(random.table()).ok());
  bool fits = true;
  for (int round = 0; fits && round < 1000; ++round) {
    const model::TableChange change = random.change(10);
    const Publisher::Use before = publisher.use();
    const absl::Status room = publisher.check_room(random.table(), change);
    EXPECT_EQ(publisher.use().nodes, before.nodes);
    EXPECT_EQ(publisher.use().cells, before.cells);
    const absl::Status staged = publisher.stage(random.table(), change);
    EXPECT_EQ(room, staged);
    fits = staged.ok();
    if (!fits) break;
    ASSERT_TRUE(publisher.activate().ok());
    ASSERT_TRUE(publisher.settle().ok());
  }
  EXPECT_FALSE(fits) << "the maps were never too small";
}

}  // namespace
}  // namespace signpost::datapath
