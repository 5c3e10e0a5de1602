#include "policy/partition_use.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/support/locality_parts.h"

namespace signpost::policy {
namespace {

using model::Prefix;

// 203.0.113.0/24 is locality 2 and the rest of 203.0.0.0/16 is 1; 198.51.100.0/24 is 3 and the rest
// of 198.51.0.0/16 is 1; all others are 0.
model::LocalityMapPtr example_map() {
  testing::LocalityCells cells;
  cells.add(std::string("\xcb\0\0\0", 4), 16, 1);
  cells.add(std::string("\xcb\0\x71\0", 4), 24, 2);
  cells.add(std::string("\xc6\x33\0\0", 4), 16, 1);
  cells.add(std::string("\xc6\x33\x64\0", 4), 24, 3);
  model::LocalityMap::Parts parts = testing::parts_of(cells, 4);
  parts.root_localities = model::root_localities(parts.cells, parts.inner);
  return std::make_shared<const model::LocalityMap>(std::move(parts));
}

class Roots : public ::testing::Test {
 protected:
  model::PartitionPtr partition(std::vector<std::uint16_t> classes) const {
    auto made = std::make_shared<model::Partition>();
    made->uniform_roots = uniform_roots(map_->root_localities(), classes);
    made->classes = std::move(classes);
    made->count = 4;
    return made;
  }

  // A node with an answer for each of the partitions.
  static model::Node node(const std::vector<model::PartitionPtr>& partitions) {
    model::Node made;
    for (const model::PartitionPtr& partition : partitions) {
      auto answer = std::make_shared<model::Answer>();
      answer->by_locality = model::AnswersByLocality{.partition = partition, .answers = {}};
      made.types.emplace_back(static_cast<dns::RRType>(made.types.size() + 1), answer);
    }
    return made;
  }

  model::LocalityMap::Found find(const model::LocalityRootsPtr& roots, const char* client) const {
    return map_->find(*Prefix::parse(client), *roots);
  }

  model::LocalityMapPtr map_ = example_map();
};

TEST_F(Roots, AreLeavesWhereAPartitionHasOneClassBelow) {
  PartitionUse use;
  use.add(node({partition({0, 1, 1, 2})}));
  const model::LocalityRootsPtr roots = PartitionUse().roots(*map_, use);
  ASSERT_TRUE(roots);
  EXPECT_EQ(find(roots, "203.0.113.7").prefix_length, 16);
  EXPECT_EQ(find(roots, "203.0.0.0/16").prefix_length, 16);
  EXPECT_EQ(find(roots, "198.51.100.7").prefix_length, 24);
  EXPECT_EQ(find(roots, "198.51.100.7").locality, 3u);
  EXPECT_EQ(find(roots, "192.0.2.1").prefix_length,
            map_->find(*Prefix::parse("192.0.2.1")).prefix_length);
}

TEST_F(Roots, AreAsInTheMapForClientsOfWhomLessIsKnown) {
  PartitionUse use;
  use.add(node({partition({0, 1, 1, 2})}));
  const model::LocalityRootsPtr roots = PartitionUse().roots(*map_, use);
  const auto plain = map_->find(*Prefix::parse("203.0.0.0/15"));
  EXPECT_EQ(find(roots, "203.0.0.0/15").locality, plain.locality);
  EXPECT_EQ(find(roots, "203.0.0.0/15").prefix_length, plain.prefix_length);
}

TEST_F(Roots, AreWhatAllPartitionsAgreeOn) {
  const model::PartitionPtr one = partition({0, 1, 1, 2});
  const model::PartitionPtr two = partition({0, 1, 2, 1});
  const model::PartitionPtr alike = partition({0, 3, 3, 3});
  PartitionUse use, change;
  change.add(node({one, alike}));
  EXPECT_TRUE(use.is_changed_by(change));
  EXPECT_TRUE(use.roots(*map_, change));
  use.apply(change);

  PartitionUse second;
  second.add(node({two}));
  EXPECT_FALSE(use.roots(*map_, second)) << "no root is alike for both";
  PartitionUse away;
  away.remove(node({one}));
  const model::LocalityRootsPtr roots = use.roots(*map_, away);
  ASSERT_TRUE(roots);
  EXPECT_EQ(find(roots, "203.0.113.7").prefix_length, 16);
  EXPECT_EQ(find(roots, "198.51.100.7").prefix_length, 16);
}

TEST_F(Roots, ChangeOnlyWithThePartitionsInUse) {
  const model::PartitionPtr one = partition({0, 1, 1, 2});
  PartitionUse use, first, another, both;
  first.add(node({one, one}));
  use.apply(first);
  another.remove(node({one}));
  another.add(node({}));
  EXPECT_FALSE(use.is_changed_by(another)) << "one answer still uses it";
  both.remove(node({one, one}));
  EXPECT_TRUE(use.is_changed_by(both));
  EXPECT_FALSE(use.roots(*map_, both)) << "nothing is by locality";
}

TEST_F(Roots, StayAsTheyAreWhereTheMapSaysNothingOfThem) {
  auto unknown = std::make_shared<model::Partition>();
  unknown->classes = {0, 1, 1, 1};
  PartitionUse use;
  use.add(node({unknown, partition({0, 1, 1, 1})}));
  EXPECT_FALSE(PartitionUse().roots(*map_, use));
}

}  // namespace
}  // namespace signpost::policy
