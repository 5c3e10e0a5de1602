#include "datapath/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <tuple>

#include "datapath/view_cells.h"
#include "tests/support/memory_maps.h"
#include "tests/support/random_table.h"
#include "tests/support/table_view.h"

namespace signpost::datapath {
namespace {

using signpost::testing::expected_reading;
using signpost::testing::FaultyMaps;
using signpost::testing::MemoryMaps;
using signpost::testing::RandomTable;
using signpost::testing::read_name;
using signpost::testing::TableView;
using signpost::testing::view_of;
using ::testing::HasSubstr;

constexpr Capacity kSmall{.nodes = 4000, .cells = 60000, .rings = 100, .counters = 100};

std::uint64_t new_seed() { return std::random_device{}(); }

// The set has the networks of the table's views.
void expect_set_has_views(MemoryMaps& maps, std::uint32_t set, const model::ViewMap& views) {
  const std::vector<cell> expected = encode_views(views);
  ASSERT_EQ(maps.control().view_ranges[set], views.ranges().size());
  for (std::uint32_t i = 0; i < expected.size(); ++i) {
    const cell* at = maps.find_cell(set, maps.control().view_cells[set] + i);
    ASSERT_NE(at, nullptr);
    ASSERT_EQ(std::memcmp(at, &expected[i], sizeof *at), 0) << "cell " << i << " of set " << set;
  }
}

// Both sets hold exactly `table`, for every name that ever was.
void expect_set_holds(MemoryMaps& maps, std::uint32_t set, const model::AnswerTable& table,
                      const std::vector<dns::Name>& names) {
  const TableView view = view_of(maps, set, table);
  for (const dns::Name& name : names)
    ASSERT_EQ(read_name(view, name), expected_reading(table, name.folded()))
        << name.text() << " in set " << set;
  EXPECT_EQ(maps.control().table_generation[set], table.generation);
  expect_set_has_views(maps, set, *table.views);
  const std::uint32_t slot = maps.control().locality_slot[set];
  if (table.localities == model::LocalityMap::nowhere()) {
    EXPECT_EQ(slot, LOCALITY_SLOT_NONE);
    return;
  }
  ASSERT_LT(slot, LOCALITY_SLOTS);
  const std::vector<locality_cell>& cells = maps.localities(slot);
  ASSERT_EQ(cells.size(), table.localities->cells().size());
  EXPECT_EQ(std::memcmp(cells.data(), table.localities->cells().data(),
                        cells.size() * sizeof(locality_cell)),
            0)
      << "the map of localities of set " << set;
}

// Only one map of localities is kept: that of both sets.
void expect_one_locality_map(MemoryMaps& maps) {
  const std::uint32_t slot = maps.control().locality_slot[0];
  EXPECT_EQ(maps.control().locality_slot[1], slot);
  for (std::uint32_t other = 0; other < LOCALITY_SLOTS; ++other) {
    if (other != slot) {
      EXPECT_TRUE(maps.localities(other).empty());
    }
  }
}

absl::Status publish(Publisher& publisher, const model::AnswerTable& table,
                     const model::TableChange& change) {
  if (absl::Status status = publisher.stage(table, change); !status.ok()) return status;
  if (absl::Status status = publisher.activate(); !status.ok()) return status;
  return publisher.settle();
}

TEST(Publisher, KeepsBothSetsEqualToTheTableThroughAnySequenceOfChanges) {
  const std::uint64_t seed = new_seed();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  RandomTable random(seed);
  MemoryMaps maps(kSmall);
  Publisher publisher(maps);
  random.change(300);
  ASSERT_TRUE(publisher.rebuild(random.table()).ok());
  for (int round = 0; round < 150; ++round) {
    const model::AnswerTable before = random.table();
    const model::TableChange change = random.change(1 + round % 30);
    const std::uint32_t active = maps.control().active;
    ASSERT_TRUE(publisher.stage(random.table(), change).ok());
    ASSERT_EQ(maps.control().active, active) << "staging must not be seen";
    expect_set_holds(maps, active, before, random.names());
    if (round % 5 == 4) {
      ASSERT_TRUE(publisher.abandon().ok());
      expect_set_holds(maps, 1 - active, before, random.names());
      ASSERT_TRUE(publisher.stage(random.table(), change).ok());
    }
    ASSERT_TRUE(publisher.activate().ok());
    ASSERT_EQ(maps.control().active, 1 - active);
    expect_set_holds(maps, 1 - active, random.table(), random.names());
    ASSERT_TRUE(publisher.settle().ok());
    expect_set_holds(maps, active, random.table(), random.names());
    ASSERT_EQ(maps.node_count(0), publisher.use().nodes);
    ASSERT_EQ(maps.node_count(1), publisher.use().nodes);
    expect_one_locality_map(maps);
  }
}

TEST(Publisher, LosesNoNodeAndNoCell) {
  const std::uint64_t seed = new_seed();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  RandomTable random(seed);
  MemoryMaps maps(kSmall);
  Publisher publisher(maps);
  random.change(1);
  ASSERT_TRUE(publisher.rebuild(random.table()).ok());
  for (int round = 0; round < 40; ++round)
    ASSERT_TRUE(publish(publisher, random.table(), random.change(40)).ok());
  EXPECT_GT(publisher.use().cells, 0u);
  const model::TableChange change = random.remove_all();
  ASSERT_TRUE(publish(publisher, random.table(), change).ok());
  EXPECT_EQ(publisher.use().nodes, 0u);
  EXPECT_EQ(publisher.use().cells, 0u);
  EXPECT_EQ(maps.node_count(0) + maps.node_count(1), 0u);
}

TEST(Publisher, ServesTheOldGenerationWhicheverWriteFailsAndGoesOnAfterwards) {
  const std::uint64_t seed = new_seed();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  RandomTable random(seed);
  MemoryMaps memory(kSmall);
  FaultyMaps maps(memory);
  Publisher publisher(maps);
  random.change(60);
  ASSERT_TRUE(publisher.rebuild(random.table()).ok());
  bool failed = true;
  for (std::uint64_t nth = 0; failed; ++nth) {
    const model::AnswerTable before = random.table();
    const model::TableChange change = random.change(12);
    maps.fail(nth, nth % 3);
    const absl::Status status = publisher.stage(random.table(), change);
    failed = !status.ok();
    if (failed) {
      EXPECT_THAT(std::string(status.message()), HasSubstr("injected"));
      EXPECT_THAT(std::string(status.message()), HasSubstr("idle set"));
      expect_set_holds(memory, memory.control().active, before, random.names());
      EXPECT_EQ(publisher.activate().code(), absl::StatusCode::kFailedPrecondition);
      maps.heal();
      ASSERT_TRUE(publisher.stage(random.table(), change).ok());
    }
    maps.heal();
    ASSERT_TRUE(publisher.activate().ok());
    ASSERT_TRUE(publisher.settle().ok());
    for (const std::uint32_t set : {0u, 1u})
      expect_set_holds(memory, set, random.table(), random.names());
    ASSERT_EQ(memory.node_count(0), publisher.use().nodes);
    expect_one_locality_map(memory);
  }
}

TEST(Publisher, RepairsASetThatCouldNotBeSettledBeforeItIsUsedAgain) {
  const std::uint64_t seed = new_seed();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  RandomTable random(seed);
  MemoryMaps memory(kSmall);
  FaultyMaps maps(memory);
  Publisher publisher(maps);
  random.change(60);
  ASSERT_TRUE(publisher.rebuild(random.table()).ok());
  for (std::uint64_t nth = 0; nth < 12; ++nth) {
    ASSERT_TRUE(publisher.stage(random.table(), random.change(12)).ok());
    ASSERT_TRUE(publisher.activate().ok());
    maps.fail(nth);
    const absl::Status settled = publisher.settle();
    maps.heal();
    const std::uint32_t active = memory.control().active;
    expect_set_holds(memory, active, random.table(), random.names());
    if (!settled.ok() && nth > 0) {
      EXPECT_EQ(memory.control().table_generation[1 - active], 0u);
    }

    const model::AnswerTable before = random.table();
    const model::TableChange change = random.change(5);
    maps.fail(settled.ok() ? ~std::uint64_t{0} : 2);
    const absl::Status staged = publisher.stage(random.table(), change);
    EXPECT_EQ(staged.ok(), settled.ok());
    maps.heal();
    if (!staged.ok()) {
      EXPECT_THAT(std::string(staged.message()), HasSubstr("repairing the idle set"));
      expect_set_holds(memory, active, before, random.names());
      ASSERT_TRUE(publisher.stage(random.table(), change).ok());
    }
    ASSERT_TRUE(publisher.activate().ok());
    ASSERT_TRUE(publisher.settle().ok());
    for (const std::uint32_t set : {0u, 1u})
      expect_set_holds(memory, set, random.table(), random.names());
    expect_one_locality_map(memory);
  }
}

TEST(Publisher, RebuildsAdoptedMapsWhilePacketsReadTheOldSet) {
  RandomTable random(1);
  MemoryMaps memory(kSmall);
  random.change(100);
  ASSERT_TRUE(Publisher(memory).rebuild(random.table()).ok());
  const std::uint64_t key = memory.control().key.words[0];
  const model::AnswerTable before = random.table();
  const std::uint32_t active = memory.control().active;
  random.change(100);

  FaultyMaps maps(memory);
  Publisher restarted(maps);
  maps.fail(5);
  EXPECT_THAT(std::string(restarted.rebuild(random.table()).message()),
              HasSubstr("building the idle set"));
  EXPECT_EQ(memory.control().active, active);
  expect_set_holds(memory, active, before, random.names());
  EXPECT_EQ(memory.control().table_generation[1 - active], 0u);
  EXPECT_EQ(restarted.stage(random.table(), {}).code(), absl::StatusCode::kFailedPrecondition);

  maps.heal();
  ASSERT_TRUE(restarted.rebuild(random.table()).ok());
  EXPECT_EQ(memory.control().key.words[0], key) << "the key of adopted maps stays";
  EXPECT_EQ(memory.control().active, 1 - active);
  for (const std::uint32_t set : {0u, 1u})
    expect_set_holds(memory, set, random.table(), random.names());
  expect_one_locality_map(memory);
}

TEST(Publisher, RefusesWhatDoesNotFitBeforeItWritesAnything) {
  for (const Capacity& capacity :
       {Capacity{.nodes = 24, .cells = 60000}, Capacity{.nodes = 4000, .cells = 300}}) {
    RandomTable random(11);
    MemoryMaps memory(capacity);
    FaultyMaps maps(memory);
    Publisher publisher(maps);
    random.change(8);
    ASSERT_TRUE(publisher.rebuild(random.table()).ok());
    const model::AnswerTable before = random.table();
    const Publisher::Use use = publisher.use();
    const model::TableChange change = random.change(400);
    ASSERT_GT(random.table().nodes.size(), 24u) << "of a seed that deletes too much";
    maps.heal();
    const absl::Status status = publisher.stage(random.table(), change);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr(capacity.nodes == 24 ? "--max-nodes allows 24 (" : "--max-cells"));
    EXPECT_EQ(maps.writes(), 0u);
    EXPECT_EQ(publisher.use().cells, use.cells);
    for (const std::uint32_t set : {0u, 1u}) expect_set_holds(memory, set, before, random.names());
    EXPECT_EQ(Publisher(maps).rebuild(random.table()).code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(maps.writes(), 0u);
  }
}

// A table of one name whose answer depends on the locality, of so many localities; no two
// neighbours are of one class.
model::AnswerTable table_by_locality(std::size_t localities, std::size_t locality_cells) {
  model::AnswerTable table;
  model::LocalityMap::Parts parts;
  parts.localities.resize(localities);
  parts.cells.resize(locality_cells);
  table.localities = std::make_shared<const model::LocalityMap>(std::move(parts));
  table.generation = 1;
  auto partition = std::make_shared<model::Partition>();
  for (std::size_t i = 0; i < localities; ++i)
    partition->classes.push_back(static_cast<std::uint16_t>(i % 2));
  partition->count = 2;
  auto plain = std::make_shared<model::Answer>();
  plain->variants.resize(1);
  auto answer = std::make_shared<model::Answer>();
  answer->by_locality = model::AnswersByLocality{.partition = partition, .answers = {plain, plain}};
  auto node = std::make_shared<model::Node>();
  node->types = {{dns::RRType::kA, answer}};
  table.nodes.set(*dns::Name::parse("www.example.com."), node);
  return table;
}

std::size_t cells_of_partition(std::size_t localities) {
  const std::size_t blocks = (localities + CLASSES_A_BLOCK - 1) / CLASSES_A_BLOCK;
  return (blocks + BLOCKS_A_CELL - 1) / BLOCKS_A_CELL + blocks;
}

TEST(Publisher, RefusesAMapOfLocalitiesThatDoesNotFitAndNamesTheFlag) {
  const Capacity capacity{.nodes = 10, .cells = 20, .locality_cells = 100, .localities = 600};
  MemoryMaps memory(capacity);
  FaultyMaps maps(memory);
  Publisher publisher(maps);
  const model::AnswerTable fits = table_by_locality(500, 100);
  ASSERT_TRUE(publisher.rebuild(fits).ok());
  EXPECT_EQ(publisher.use().cells, 2 + cells_of_partition(500));
  const std::vector<dns::Name> names = {*dns::Name::parse("www.example.com.")};
  for (const auto& [localities, cells, flag] :
       {std::tuple(500u, 101u, "--max-locality-cells allows 100"),
        std::tuple(601u, 100u, "--max-localities allows 600"),
        std::tuple(600u, 100u, "--max-cells allows 20")}) {
    model::AnswerTable table = table_by_locality(localities, cells);
    table.generation = 2;
    maps.heal();
    const absl::Status status = publisher.stage(table, {.names = names, .zones = {}});
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(flag));
    EXPECT_EQ(maps.writes(), 0u);
    for (const std::uint32_t set : {0u, 1u}) expect_set_holds(memory, set, fits, names);
  }
}

TEST(Publisher, CountsTheDemandAnewForAnotherMapOfLocalitiesAlone) {
  MemoryMaps maps(kSmall);
  Publisher publisher(maps);
  ASSERT_TRUE(publisher.rebuild(table_by_locality(10, 10)).ok());
  *maps.find_demand(3) = 7;
  const std::vector<dns::Name> names = {*dns::Name::parse("www.example.com.")};
  model::AnswerTable table = table_by_locality(20, 10);
  table.generation = 2;
  ASSERT_TRUE(publisher.stage(table, {.names = names, .zones = {}}).ok());
  ASSERT_TRUE(publisher.abandon().ok());
  EXPECT_EQ((*maps.demand())[3], 7u);
  ASSERT_TRUE(publish(publisher, table, {.names = names, .zones = {}}).ok());
  EXPECT_EQ((*maps.demand())[3], 0u);
  *maps.find_demand(3) = 7;
  ++table.generation;
  ASSERT_TRUE(publish(publisher, table, {.names = names, .zones = {}}).ok());
  EXPECT_EQ((*maps.demand())[3], 7u);
}

TEST(Publisher, MovesToAMapOfLocalitiesWhicheverWriteFails) {
  MemoryMaps memory(kSmall);
  FaultyMaps maps(memory);
  Publisher publisher(maps);
  model::AnswerTable before = table_by_locality(40, 8);
  ASSERT_TRUE(publisher.rebuild(before).ok());
  const std::vector<dns::Name> names = {*dns::Name::parse("www.example.com.")};
  const model::TableChange change{.names = names, .zones = {}};
  bool failed = true;
  for (std::uint64_t nth = 0; failed; ++nth) {
    model::AnswerTable table = table_by_locality(50 + nth, 9 + nth % 2);
    table.generation = before.generation + 1;
    maps.fail(nth);
    const absl::Status staged = publisher.stage(table, change);
    failed = !staged.ok();
    expect_set_holds(memory, memory.control().active, before, names);
    if (failed) {
      maps.heal();
      ASSERT_TRUE(publisher.stage(table, change).ok());
    }
    ASSERT_TRUE(publisher.activate().ok());
    expect_set_holds(memory, memory.control().active, table, names);
    const absl::Status settled = publisher.settle();
    failed = failed || !settled.ok();
    expect_set_holds(memory, memory.control().active, table, names);
    maps.heal();
    if (!settled.ok()) {
      ++table.generation;
      ASSERT_TRUE(publish(publisher, table, change).ok());
    }
    for (const std::uint32_t set : {0u, 1u}) expect_set_holds(memory, set, table, names);
    expect_one_locality_map(memory);
    EXPECT_EQ(publisher.use().cells, 2 + cells_of_partition(50 + nth));
    before = table;
  }
}

TEST(Publisher, RefusesStepsOutOfOrder) {
  RandomTable random(3);
  MemoryMaps maps(kSmall);
  Publisher publisher(maps);
  const auto refused = [](const absl::Status& status) {
    return status.code() == absl::StatusCode::kFailedPrecondition;
  };
  const model::TableChange change = random.change(5);
  EXPECT_TRUE(refused(publisher.stage(random.table(), change)));
  ASSERT_TRUE(publisher.rebuild(random.table()).ok());
  EXPECT_TRUE(refused(publisher.activate()));
  EXPECT_TRUE(refused(publisher.settle()));
  EXPECT_TRUE(refused(publisher.abandon()));
  const model::TableChange next = random.change(5);
  ASSERT_TRUE(publisher.stage(random.table(), next).ok());
  EXPECT_TRUE(refused(publisher.stage(random.table(), next)));
  EXPECT_TRUE(refused(publisher.settle()));
  EXPECT_TRUE(refused(publisher.rebuild(random.table())));
  ASSERT_TRUE(publisher.activate().ok());
  EXPECT_TRUE(refused(publisher.activate()));
  EXPECT_TRUE(refused(publisher.abandon()));
  ASSERT_TRUE(publisher.settle().ok());
}

}  // namespace
}  // namespace signpost::datapath
