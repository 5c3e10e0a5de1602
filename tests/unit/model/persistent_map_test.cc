#include "model/persistent_map.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace signpost::model {
namespace {

// A key whose whole hash is that of its `bucket`: keys of one bucket always collide.
struct Key {
  unsigned value = 0;
  unsigned bucket = 0;

  friend auto operator<=>(const Key&, const Key&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const Key& key) {
    return H::combine(std::move(state), key.bucket);
  }
};

using Map = PersistentMap<Key, std::string>;
using Model = std::map<Key, std::string>;

std::mt19937_64 seeded_generator() {
  const char* given = std::getenv("SIGNPOST_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  std::cout << "SIGNPOST_TEST_SEED=" << seed << "\n";
  return std::mt19937_64(seed);
}

Model entries_of(const Map& map) {
  Model entries;
  map.for_each([&](const Key& key, const std::string& value) {
    EXPECT_TRUE(entries.emplace(key, value).second) << "visited twice: " << key.value;
  });
  return entries;
}

void expect_same(const Map& map, const Model& model) {
  ASSERT_EQ(entries_of(map), model);
  ASSERT_EQ(map.size(), model.size());
  ASSERT_EQ(map.empty(), model.empty());
}

// Random changes to several maps that share parts, each beside a std::map; `buckets` sets how many
// keys collide.
void compare_with_model(unsigned keys, unsigned buckets, int rounds) {
  auto random = seeded_generator();
  std::vector<std::pair<Map, Model>> maps(1);
  for (int round = 0; round < rounds; ++round) {
    const std::size_t chosen = random() % maps.size();
    const unsigned value = static_cast<unsigned>(random() % keys);
    const Key key{value, value % buckets};
    auto& [map, model] = maps[chosen];
    const std::string* found = map.find(key);
    const auto expected = model.find(key);
    ASSERT_EQ(found != nullptr, expected != model.end());
    if (found != nullptr) {
      ASSERT_EQ(*found, expected->second);
    }
    switch (random() % 8) {
      case 0:
        if (maps.size() < 6) {
          maps.push_back(maps[chosen]);
        } else {
          maps[random() % maps.size()] = std::pair(maps[chosen]);
        }
        break;
      case 1:
      case 2:
      case 3:
        map.erase(key);
        model.erase(key);
        break;
      default:
        map.set(key, std::to_string(round));
        model[key] = std::to_string(round);
    }
    if (round % 64 == 0) {
      for (const auto& [some_map, some_model] : maps) expect_same(some_map, some_model);
    }
  }
  for (auto& [map, model] : maps) {
    expect_same(map, model);
    for (const auto& [key, value] : Model(model)) map.erase(key);
    expect_same(map, {});
  }
}

TEST(PersistentMap, BehavesAsAStdMapWithoutCollisions) { compare_with_model(300, 300, 8'000); }

TEST(PersistentMap, BehavesAsAStdMapWithSomeCollisions) { compare_with_model(300, 20, 8'000); }

TEST(PersistentMap, BehavesAsAStdMapIfAllKeysCollide) { compare_with_model(40, 1, 8'000); }

// Among so many keys some hashes share their low 30 bits: branches seven deep, and back.
TEST(PersistentMap, HoldsManyKeys) {
  constexpr unsigned kCount = 120'000;
  PersistentMap<unsigned, unsigned> map;
  for (unsigned i = 0; i < kCount; ++i) map.set(i, i * 3);
  const PersistentMap<unsigned, unsigned> before = map;
  for (unsigned i = 0; i < kCount; i += 2) map.erase(i);
  ASSERT_EQ(before.size(), kCount);
  ASSERT_EQ(map.size(), kCount / 2);
  for (unsigned i = 0; i < kCount; ++i) {
    ASSERT_NE(before.find(i), nullptr) << i;
    ASSERT_EQ(*before.find(i), i * 3);
    ASSERT_EQ(map.find(i) != nullptr, i % 2 == 1) << i;
  }
  ASSERT_EQ(map.find(kCount), nullptr);
}

TEST(PersistentMap, KeepsAValueValidWhileAnyMapSharesIt) {
  Map map;
  const Key key{1, 1};
  map.set(key, "first");
  const Map kept = map;
  const std::string* value = kept.find(key);
  map.set(key, "second");
  map.erase(key);
  EXPECT_EQ(*value, "first");
  EXPECT_EQ(map.find(key), nullptr);
}

TEST(PersistentMap, VisitsKeysInTheOrderItTells) {
  PersistentMap<unsigned, unsigned> map;
  for (unsigned i = 0; i < 20'000; ++i) map.set(i, i);
  std::uint64_t before = 0;
  std::size_t visited = 0;
  map.for_each([&](unsigned key, unsigned) {
    const std::uint64_t order = PersistentMap<unsigned, unsigned>::order_of(key);
    EXPECT_TRUE(visited++ == 0 || order > before) << key;
    before = order;
  });
  EXPECT_EQ(visited, map.size());
}

TEST(PersistentMap, TakesAKeyThatIsItsOwn) {
  Map map;
  for (unsigned i = 0; i < 3; ++i) map.set({i, 0}, "old");
  const Key* own = nullptr;
  map.for_each([&](const Key& key, const std::string&) { own = &key; });
  const Key copy = *own;
  map.set(*own, "new");
  EXPECT_EQ(*map.find(copy), "new");
  map.for_each([&](const Key& key, const std::string&) { own = key == copy ? &key : own; });
  map.erase(*own);
  EXPECT_EQ(map.find(copy), nullptr);
  EXPECT_EQ(map.size(), 2u);
}

// What for_each_change() tells of two maps, against what std::maps of the same entries say.
void compare_changes(const Map& before, const Map& after) {
  const Model former = entries_of(before);
  const Model now = entries_of(after);
  std::map<Key, int> told;
  after.for_each_change(before, [&](const Key& key, const std::string* was, const std::string* is) {
    EXPECT_EQ(++told[key], 1) << "told twice: " << key.value;
    EXPECT_EQ(was != nullptr ? *was : "none", former.contains(key) ? former.at(key) : "none");
    EXPECT_EQ(is != nullptr ? *is : "none", now.contains(key) ? now.at(key) : "none");
  });
  for (const Model* side : {&former, &now}) {
    for (const auto& [key, value] : *side) {
      const bool same = former.contains(key) && now.contains(key) && former.at(key) == now.at(key);
      EXPECT_TRUE(same || told.contains(key)) << "not told: " << key.value;
    }
  }
}

TEST(PersistentMap, TellsAllThatChangedBetweenAnyTwoMaps) {
  auto random = seeded_generator();
  for (const unsigned buckets : {3u, 1'000u}) {
    std::vector<Map> maps(1);
    for (int round = 0; round < 300; ++round) {
      Map next = maps[random() % maps.size()];
      for (unsigned changes = random() % 20; changes > 0; --changes) {
        const unsigned value = static_cast<unsigned>(random() % 200);
        const Key key{value, value % buckets};
        if (random() % 3 == 0) {
          next.erase(key);
        } else {
          next.set(key, std::to_string(random() % 4));
        }
      }
      maps.push_back(next);
      compare_changes(maps[random() % maps.size()], maps[random() % maps.size()]);
    }
  }
}

TEST(PersistentMap, TellsOfAChangeWithoutAWalkThroughTheRest) {
  Map before;
  for (unsigned i = 0; i < 100'000; ++i) before.set({i, i}, "same");
  Map after = before;
  after.set({50'000, 50'000}, "other");
  int told = 0;
  after.for_each_change(before,
                        [&](const Key&, const std::string*, const std::string*) { ++told; });
  EXPECT_EQ(told, 1);
  after.for_each_change(after, [&](const Key&, const std::string*, const std::string*) { ++told; });
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace signpost::model
