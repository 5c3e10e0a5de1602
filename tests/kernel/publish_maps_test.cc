#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <random>

#include "datapath/kernel_maps.h"
#include "datapath/map_specs.h"
#include "datapath/publisher.h"
#include "tests/support/random_table.h"
#include "tests/support/table_view.h"

namespace signpost::testing {
namespace {

using datapath::Capacity;
using datapath::KernelMaps;
using datapath::Publisher;

class KernelMapsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(geteuid(), 0u) << "needs root"; }

  void create(const Capacity& capacity) {
    auto maps = KernelMaps::create(capacity);
    ASSERT_TRUE(maps.ok()) << maps.status();
    maps_ = *std::move(maps);
    maps_->for_each([this](const std::string& name, int fd) { fds_[name] = fd; });
  }

  TableView view(std::uint32_t set, const model::AnswerTable& table) {
    auto nodes = std::make_shared<Nodes>(read_nodes(set));
    const int cells = fds_.at("cells");
    const std::uint32_t first = set * maps_->capacity().cells;
    return {.find_node = [nodes](const node_key& key) -> std::optional<node> {
              const auto found = nodes->find(octets_of(key));
              return found == nodes->end() ? std::nullopt : std::optional(found->second);
            },
            .find_cell = [cells, first](std::uint32_t index) -> std::optional<cell> {
              cell value;
              index += first;
              return bpf_map_lookup_elem(cells, &index, &value) == 0 ? std::optional(value)
                                                                     : std::nullopt;
            },
            .key = maps_->control().key,
            .localities = table.localities->localities().size()};
  }

  using Nodes = std::map<std::string, node>;  // by the octets of the key

  static std::string octets_of(const node_key& key) {
    return {reinterpret_cast<const char*>(&key), sizeof(key)};
  }

  // All nodes of a set, wherever they lie.
  Nodes read_nodes(std::uint32_t set) {
    Nodes nodes;
    const std::uint32_t slots = datapath::node_slots_for(maps_->capacity().nodes);
    node value;
    for (std::uint32_t slot = set * slots; slot < (set + 1) * slots; ++slot) {
      EXPECT_EQ(bpf_map_lookup_elem(fds_.at("nodes"), &slot, &value), 0);
      if (value.pages == 0) continue;
      EXPECT_TRUE(nodes.emplace(octets_of(value.key), value).second) << "a key in two slots";
    }
    return nodes;
  }

  std::uint64_t count_nodes(std::uint32_t set) { return read_nodes(set).size(); }

  std::unique_ptr<KernelMaps> maps_;
  std::map<std::string, int> fds_;
};

TEST_F(KernelMapsTest, HoldWhatIsPublishedThroughAnySequenceOfChanges) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  create({.nodes = 4000, .cells = 60000, .rings = 100, .counters = 100});
  RandomTable random(seed);
  Publisher publisher(*maps_);
  random.change(300);
  ASSERT_TRUE(publisher.rebuild(random.table()).ok());
  for (int round = 0; round < 40; ++round) {
    const model::TableChange change = random.change(1 + round % 30);
    ASSERT_TRUE(publisher.stage(random.table(), change).ok());
    if (round % 4 == 3) {
      ASSERT_TRUE(publisher.abandon().ok());
      ASSERT_TRUE(publisher.stage(random.table(), change).ok());
    }
    ASSERT_TRUE(publisher.activate().ok());
    ASSERT_TRUE(publisher.settle().ok());
    for (const std::uint32_t set : {0u, 1u}) {
      const TableView published = view(set, random.table());
      for (const dns::Name& name : random.names())
        ASSERT_EQ(read_name(published, name), expected_reading(random.table(), name.folded()))
            << name.text() << " in set " << set;
      ASSERT_EQ(count_nodes(set), publisher.use().nodes);
    }
  }
  const model::TableChange change = random.remove_all();
  ASSERT_TRUE(publisher.stage(random.table(), change).ok());
  ASSERT_TRUE(publisher.activate().ok());
  ASSERT_TRUE(publisher.settle().ok());
  EXPECT_EQ(count_nodes(0) + count_nodes(1), 0u);
  EXPECT_EQ(publisher.use().cells, 0u);
}

TEST_F(KernelMapsTest, HoldAsManyNodesAsTheyAreMadeForAndClearThem) {
  create({.nodes = 20000, .cells = 100, .rings = 10, .counters = 10});
  std::vector<node> nodes(20000);
  std::mt19937 random(1);
  for (node& value : nodes) {
    for (auto& word : value.key.digest) word = static_cast<__u32>(random());
    value.pages = 1;
  }
  ASSERT_TRUE(maps_->put_nodes(1, nodes).ok());
  ASSERT_EQ(count_nodes(1), 20000u);
  ASSERT_TRUE(maps_->clear(1).ok());
  EXPECT_EQ(count_nodes(1), 0u);
}

// What the kernel charges for a map.
std::uint64_t charged_octets(int fd) {
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(fd));
  for (std::string word; info >> word;)
    if (std::uint64_t octets = 0; word == "memlock:" && info >> octets) return octets;
  ADD_FAILURE() << "the kernel does not tell";
  return 0;
}

// Of the maps of localities only the map of maps knows, so that they are left out.
TEST_F(KernelMapsTest, TakeTheMemoryThatIsForecast) {
  const Capacity capacity = {
      .nodes = 100000, .cells = 100000, .rings = 10, .counters = 10, .localities = 10};
  create(capacity);
  std::uint64_t charged = 0;
  for (const auto& [name, fd] : fds_) charged += charged_octets(fd);
  const auto forecast = datapath::forecast_octets(capacity);
  ASSERT_TRUE(forecast.ok()) << forecast.status();
  const double octets =
      static_cast<double>(*forecast - capacity.locality_cells * std::uint64_t{CELL_OCTETS});
  EXPECT_NEAR(static_cast<double>(charged), octets, octets / 100);
}

TEST_F(KernelMapsTest, DeleteWhatIsThereAmongKeysThatAreNot) {
  create({.nodes = 100, .cells = 100, .rings = 10, .counters = 10});
  std::vector<node> nodes(10);
  std::vector<node_key> keys;
  for (std::uint32_t i = 0; i < 20; ++i) {
    node_key key{};
    key.digest[0] = i;
    keys.push_back(key);
    if (i % 2 != 0) continue;
    nodes[i / 2].key = key;
    nodes[i / 2].pages = 1;
  }
  ASSERT_TRUE(maps_->put_nodes(0, nodes).ok());
  ASSERT_TRUE(maps_->delete_nodes(0, keys).ok());
  EXPECT_EQ(count_nodes(0), 0u);
}

TEST_F(KernelMapsTest, SumAndZeroCountersOverAllCpus) {
  create({.nodes = 100, .cells = 100, .rings = 10, .counters = 10});
  const std::uint32_t cpus = *datapath::possible_cpus();
  std::vector<std::uint64_t> values(cpus);
  for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) values[cpu] = 1000 + cpu;
  const std::uint32_t counter = 7;
  ASSERT_EQ(bpf_map_update_elem(fds_.at("answer_counts"), &counter, values.data(), BPF_ANY), 0);
  EXPECT_EQ(*maps_->answer_count(counter), 1000 * cpus + cpus * (cpus - 1) / 2);
  EXPECT_EQ(*maps_->answer_count(counter + 1), 0u);
  EXPECT_EQ(maps_->answer_counts(8)->back(), *maps_->answer_count(counter));
  EXPECT_EQ(maps_->answer_counts(100)->size(), 10u);
  ASSERT_TRUE(maps_->reset_answer_count(counter).ok());
  EXPECT_EQ(*maps_->answer_count(counter), 0u);
  EXPECT_FALSE(maps_->answer_count(10).ok());
}

TEST_F(KernelMapsTest, KeepIds) {
  create({.nodes = 100, .cells = 100, .rings = 10, .counters = 10});
  std::map<std::uint32_t, std::uint32_t> expected;
  for (std::uint32_t i = 0; i < 15; ++i) {
    id_key key{};
    key.digest[0] = i;
    ASSERT_TRUE(maps_->put_id(key, 100 + i).ok());
    if (i % 3 == 0) {
      ASSERT_TRUE(maps_->delete_id(key).ok());
    } else {
      expected[i] = 100 + i;
    }
  }
  std::map<std::uint32_t, std::uint32_t> found;
  const auto ids = maps_->ids();
  ASSERT_TRUE(ids.ok()) << ids.status();
  for (const auto& [key, id] : *ids) found[key.digest[0]] = id;
  EXPECT_EQ(found, expected);
}

TEST_F(KernelMapsTest, WaitForReadersWithinAFewGracePeriods) {
  create({.nodes = 100, .cells = 100, .rings = 10, .counters = 10});
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(maps_->wait_for_readers().ok());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  std::cout << "a wait for readers: " << took.count() / 5 << " ms\n";
  EXPECT_GT(took.count() / 5, 0.01) << "it did not wait at all";
}

// The cells of the map of localities in a slot; nothing if the slot is empty.
std::optional<std::vector<locality_cell>> localities_in(int outer, std::uint32_t slot) {
  std::uint32_t id;
  if (bpf_map_lookup_elem(outer, &slot, &id) != 0) return std::nullopt;
  const int fd = bpf_map_get_fd_by_id(id);
  std::vector<locality_cell> cells;
  locality_cell value;
  for (std::uint32_t i = 0; bpf_map_lookup_elem(fd, &i, &value) == 0; ++i) cells.push_back(value);
  close(fd);
  return cells;
}

TEST_F(KernelMapsTest, KeepTheOneMapOfLocalitiesThatIsPublished) {
  constexpr std::uint32_t kCells = 50;
  create({.nodes = 100, .cells = 100, .locality_cells = kCells, .localities = 10000});
  const int outer = fds_.at("localities");
  Publisher publisher(*maps_);
  model::AnswerTable table;
  for (std::uint32_t round = 1; round <= 4; ++round) {
    model::LocalityMap::Parts parts;
    parts.localities.resize(round);
    parts.cells.resize(kCells - round);
    for (model::LocalityCell& cell : parts.cells) cell.fill(round << LOCALITY_LEAF_SHIFT);
    table.localities = std::make_shared<const model::LocalityMap>(std::move(parts));
    table.generation = round;
    if (round == 1) {
      ASSERT_TRUE(publisher.rebuild(table).ok());
    } else {
      ASSERT_TRUE(publisher.stage(table, {}).ok());
      EXPECT_TRUE(localities_in(outer, 0) && localities_in(outer, 1));
      ASSERT_TRUE(publisher.activate().ok());
      ASSERT_TRUE(publisher.settle().ok());
    }
    const std::uint32_t slot = maps_->control().locality_slot[0];
    ASSERT_EQ(maps_->control().locality_slot[1], slot);
    const auto cells = localities_in(outer, slot);
    ASSERT_TRUE(cells);
    ASSERT_EQ(cells->size(), kCells);
    for (std::uint32_t i = 0; i < kCells; ++i)
      EXPECT_EQ((*cells)[i].entries[5], i < kCells - round ? round << LOCALITY_LEAF_SHIFT : 0);
    EXPECT_FALSE(localities_in(outer, 1 - slot));
  }
  ++table.generation;
  table.localities = model::LocalityMap::nowhere();
  ASSERT_TRUE(publisher.stage(table, {}).ok());
  ASSERT_TRUE(publisher.activate().ok());
  ASSERT_TRUE(publisher.settle().ok());
  EXPECT_EQ(maps_->control().locality_slot[0], LOCALITY_SLOT_NONE);
  EXPECT_FALSE(localities_in(outer, 0) || localities_in(outer, 1));
}

TEST_F(KernelMapsTest, SumAndZeroTheDemandOfAllLocalities) {
  constexpr std::uint32_t kLocalities = 10000;
  create({.nodes = 100, .cells = 100, .localities = kLocalities});
  const std::uint32_t cpus = *datapath::possible_cpus();
  std::vector<std::uint64_t> expected(kLocalities);
  for (const std::uint32_t locality : {0u, 1u, 4095u, 4096u, 8191u, 9999u}) {
    const std::vector<std::uint64_t> values(cpus, locality + 1);
    ASSERT_EQ(bpf_map_update_elem(fds_.at("demand"), &locality, values.data(), BPF_ANY), 0);
    expected[locality] = cpus * (locality + 1);
  }
  EXPECT_EQ(*maps_->demand(), expected);
  ASSERT_TRUE(maps_->reset_demand().ok());
  EXPECT_EQ(*maps_->demand(), std::vector<std::uint64_t>(kLocalities));
}

// A table of one zone and `names` names with one address each.
model::AnswerTable large_table(int names) {
  model::AnswerTable table;
  table.generation = 1;
  auto zone = std::make_shared<model::ZoneAnswers>();
  zone->id = 1;
  zone->apex = *dns::Name::parse("example.com.");
  zone->soa = std::string(70, 's');
  table.zone_answers.set(1, zone);
  for (int i = 0; i < names; ++i) {
    model::Variant variant;
    variant.octets = std::string(16, static_cast<char>(i));
    auto node = std::make_shared<model::Node>();
    node->zone = 1;
    node->types.emplace_back(
        dns::RRType::kA, std::make_shared<model::Answer>(
                             model::Answer{.by_locality = {}, .variants = {variant}, .ring = {}}));
    table.nodes.set(*dns::Name::parse("host-" + std::to_string(i) + ".example.com."), node);
  }
  return table;
}

TEST_F(KernelMapsTest, AreRebuiltInSecondsForManyNames) {
  constexpr int kNames = 100'000;
  create({.nodes = kNames, .cells = kNames + 100, .rings = 10, .counters = 10});
  model::AnswerTable table = large_table(kNames);
  Publisher publisher(*maps_);
  const auto begin = std::chrono::steady_clock::now();
  const absl::Status status = publisher.rebuild(table);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(status.ok()) << status;
  std::cout << "rebuilding both sets with " << kNames << " names: " << took.count() << " s\n";
  EXPECT_EQ(publisher.use().nodes, static_cast<std::uint64_t>(kNames));

  const dns::Name changed = *dns::Name::parse("host-997.example.com.");
  table.generation = 2;
  table.nodes.set(changed, *table.nodes.find(*dns::Name::parse("host-5.example.com.")));
  const auto change_begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(publisher.stage(table, {.names = {changed}, .zones = {1}}).ok());
  ASSERT_TRUE(publisher.activate().ok());
  const std::chrono::duration<double, std::milli> visible =
      std::chrono::steady_clock::now() - change_begin;
  ASSERT_TRUE(publisher.settle().ok());
  std::cout << "one name and its zone's SOA changed: visible after " << visible.count() << " ms\n";
  for (const std::uint32_t set : {0u, 1u}) {
    const TableView published = view(set, table);
    for (int i = 0; i < kNames; i += 997) {
      const dns::Name name = *dns::Name::parse("host-" + std::to_string(i) + ".example.com.");
      ASSERT_EQ(read_name(published, name), expected_reading(table, name));
    }
  }
}

}  // namespace
}  // namespace signpost::testing
