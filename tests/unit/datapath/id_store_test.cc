#include "datapath/id_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/digest_keys.h"
#include "tests/support/memory_maps.h"

namespace signpost::datapath {
namespace {

using policy::IdHolder;
using policy::IdRegistry;
using signpost::testing::MemoryMaps;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const DigestKey kKey = signpost::testing::digest_key_of(1);

IdHolder ring_of(const std::string& owner, dns::RRType type = dns::RRType::kA) {
  return {IdHolder::Kind::kRing, *dns::Name::parse(owner), type, ""};
}

IdHolder counter_of(const std::string& owner, const std::string& choice) {
  return {IdHolder::Kind::kCounter, *dns::Name::parse(owner), dns::RRType::kA, choice};
}

class IdStoreTest : public ::testing::Test {
 protected:
  using Ids = std::vector<std::pair<IdHolder, std::uint32_t>>;

  void assign(const Ids& ids) {
    IdRegistry::Journal journal;
    journal.assigned = ids;
    ASSERT_TRUE(IdStore(maps_).store(kKey, journal).ok());
  }

  std::optional<std::uint32_t> id_of(const IdHolder& holder) {
    return IdStore(maps_).remembered(kKey)->id_of(holder);
  }

  MemoryMaps maps_{Capacity{.nodes = 10, .cells = 10, .rings = 10, .counters = 10}};
};

TEST_F(IdStoreTest, GivesEachHolderItsOwnIdAgain) {
  const std::string deep = "a." + std::string(60, 'b') + ".example.com.";
  const std::string long_choice(700, 'c');
  const Ids ids = {{ring_of("api.example.com."), 1},
                   {ring_of("api.example.com.", dns::RRType::kAaaa), 2},
                   {counter_of("api.example.com.", "Primary"), 1},
                   {counter_of(deep, long_choice + "1"), 3},
                   {counter_of(deep, long_choice + "2"), 4}};
  assign(ids);
  for (const auto& [holder, id] : ids) EXPECT_EQ(id_of(holder), id);
  EXPECT_EQ(id_of(counter_of("new.example.com.", "Primary")), std::nullopt);
  EXPECT_THAT(
      IdStore(maps_).remembered(kKey)->ids,
      UnorderedElementsAre(Pair(IdHolder::Kind::kRing, 1u), Pair(IdHolder::Kind::kRing, 2u),
                           Pair(IdHolder::Kind::kCounter, 1u), Pair(IdHolder::Kind::kCounter, 3u),
                           Pair(IdHolder::Kind::kCounter, 4u)));
}

TEST_F(IdStoreTest, FindsAHolderWhateverTheCaseOfItsOwner) {
  assign({{ring_of("API.example.com."), 5}});
  EXPECT_EQ(id_of(ring_of("api.EXAMPLE.com.")), 5u);
}

TEST_F(IdStoreTest, ZeroesTheCounterOfAReleasedId) {
  const IdHolder counter = counter_of("api.example.com.", "Primary");
  assign({{counter, 3}});
  *maps_.find_answer_count(3) = 41;
  *maps_.find_answer_count(4) = 42;
  IdRegistry::Journal journal;
  journal.released = {{counter, 3}};
  ASSERT_TRUE(IdStore(maps_).store(kKey, journal).ok());
  EXPECT_EQ(*maps_.find_answer_count(3), 0u);
  EXPECT_EQ(*maps_.find_answer_count(4), 42u);
  EXPECT_EQ(id_of(counter), std::nullopt);
}

TEST_F(IdStoreTest, RestoresARegistryAndForgetsHoldersThatAreGone) {
  const IdHolder stays = counter_of("api.example.com.", "Primary");
  const IdHolder gone = counter_of("api.example.com.", "Secondary");
  assign({{stays, 3}, {gone, 4}});
  *maps_.find_answer_count(3) = 41;
  *maps_.find_answer_count(4) = 42;

  IdStore store(maps_);
  IdRegistry registry(10, 10);
  registry.restore(*store.remembered(kKey));
  EXPECT_EQ(registry.id_of(stays), 3u);
  registry.free_unclaimed();
  ASSERT_TRUE(store.store(kKey, registry.take_journal()).ok());
  EXPECT_EQ(*maps_.find_answer_count(3), 41u);
  EXPECT_EQ(*maps_.find_answer_count(4), 0u);
  EXPECT_EQ(id_of(stays), 3u);
  EXPECT_EQ(maps_.ids()->size(), 1u);
}

}  // namespace
}  // namespace signpost::datapath
