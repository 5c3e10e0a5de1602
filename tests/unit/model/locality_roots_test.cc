#include "model/locality_roots.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/locality_parts.h"

namespace signpost::model {
namespace {

using testing::LocalityCells;

constexpr std::size_t kIpv6 = std::size_t{1} << kLocalityRootBits;

RootLocalities roots_of(const LocalityCells& cells, const InnerLocalities& inner = {}) {
  return root_localities(testing::parts_of(cells, 1).cells, inner);
}

std::vector<LocalityId> sorted(std::span<const LocalityId> localities) {
  std::vector<LocalityId> list(localities.begin(), localities.end());
  std::sort(list.begin(), list.end());
  return list;
}

std::string address(std::initializer_list<unsigned> octets, std::size_t size) {
  std::string text;
  for (const unsigned octet : octets) text += static_cast<char>(octet);
  text.resize(size, '\0');
  return text;
}

TEST(RootLocalities, ListEachLocalityBelowARootOnce) {
  LocalityCells cells;
  cells.add(address({203, 0}, 4), 16, 1);
  cells.add(address({203, 0, 113}, 4), 24, 2);
  cells.add(address({203, 0, 114}, 4), 24, 2);
  cells.add(address({203, 0, 113, 7}, 4), 32, 3);
  cells.add(address({0x20, 1, 0xd, 0xb8}, 16), 33, 4);
  const RootLocalities found = roots_of(cells);
  EXPECT_EQ(sorted(found.of(203 << 8)), (std::vector<LocalityId>{1, 2, 3}));
  EXPECT_EQ(sorted(found.of(kIpv6 + 0x2001)), (std::vector<LocalityId>{0, 4}));
  EXPECT_EQ(found.localities.size(), 5u);
}

TEST(RootLocalities, LeaveOutWhatIsOneLocality) {
  LocalityCells cells;
  cells.add(address({10}, 4), 8, 5);
  const RootLocalities found = roots_of(cells);
  EXPECT_TRUE(found.of(10 << 8).empty());
  EXPECT_TRUE(found.of(0).empty());
}

TEST(RootLocalities, ListWhatIsAssumedOfClientsOfWhomLessIsKnownThanABlockSays) {
  LocalityCells cells;
  cells.add(address({203, 0}, 4), 17, 1);
  cells.add(address({203, 0, 128}, 4), 17, 1);
  const InnerLocalities inner = {{*Prefix::parse("203.0.0.0/16"), 7},
                                 {*Prefix::parse("203.0.0.0/12"), 8}};
  EXPECT_EQ(sorted(roots_of(cells, inner).of(203 << 8)), (std::vector<LocalityId>{1, 7}));
}

TEST(RootLocalities, GiveUpOnARootWithVeryManyOfThem) {
  LocalityCells cells;
  for (unsigned i = 0; i <= kRootLocalitiesMax; ++i)
    cells.add(address({203, 0, i >> 8, i & 255}, 4), 32, i + 1);
  EXPECT_TRUE(roots_of(cells).of(203 << 8).empty());
}

TEST(RootLocalities, SayNothingOfRootsOfWhichNothingIsKnown) {
  EXPECT_TRUE(RootLocalities().of(5).empty());
}

}  // namespace
}  // namespace signpost::model
