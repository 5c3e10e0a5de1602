#include "datapath/cell_allocator.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace signpost::datapath {
namespace {

TEST(CellAllocator, NeverHandsOutCellNought) {
  CellAllocator cells(4);
  EXPECT_EQ(cells.allocate(3), 1u);
  EXPECT_EQ(cells.allocate(1), std::nullopt);
  EXPECT_EQ(cells.free(), 0u);
}

TEST(CellAllocator, JoinsReleasedNeighboursToLongerRuns) {
  CellAllocator cells(101);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(cells.allocate(10), 1 + 10 * i);
  EXPECT_EQ(cells.allocate(1), std::nullopt);
  cells.release(31, 10);
  cells.release(51, 10);
  EXPECT_EQ(cells.allocate(30), std::nullopt) << "only runs of 10 are free";
  cells.release(41, 10);
  EXPECT_EQ(cells.allocate(30), 31u);
}

TEST(CellAllocator, FindsARunThatIsLongEnoughAmongOthersOfItsClass) {
  CellAllocator cells(501);
  ASSERT_EQ(cells.allocate(100), 1u);
  ASSERT_EQ(cells.allocate(1), 101u);
  ASSERT_EQ(cells.allocate(97), 102u);
  ASSERT_EQ(cells.allocate(302), 199u);
  cells.release(1, 100);
  cells.release(102, 97);
  EXPECT_EQ(cells.allocate(99), 1u);
}

TEST(CellAllocator, HoldsNoCellTwiceAndLosesNoneInAnySequence) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  constexpr std::uint32_t kCapacity = 3000;
  CellAllocator cells(kCapacity);
  std::map<std::uint32_t, std::uint32_t> runs;  // first -> count
  std::uint32_t used = 0;
  for (int step = 0; step < 20000; ++step) {
    if (random() % 2 == 0 && !runs.empty()) {
      auto run = std::next(runs.begin(), random() % runs.size());
      cells.release(run->first, run->second);
      used -= run->second;
      runs.erase(run);
    } else {
      const std::uint32_t count = 1 + random() % (random() % 10 == 0 ? 400 : 20);
      const auto first = cells.allocate(count);
      if (!first) continue;
      ASSERT_GE(*first, 1u);
      ASSERT_LE(*first + count, kCapacity);
      const auto [run, added] = runs.emplace(*first, count);
      ASSERT_TRUE(added);
      if (run != runs.begin()) {
        ASSERT_LE(std::prev(run)->first + std::prev(run)->second, *first);
      }
      if (std::next(run) != runs.end()) {
        ASSERT_LE(*first + count, std::next(run)->first);
      }
      used += count;
    }
    ASSERT_EQ(cells.used(), used);
  }
  for (const auto& [first, count] : runs) cells.release(first, count);
  EXPECT_EQ(cells.allocate(kCapacity - 1), 1u) << "all cells are one free run again";
}

}  // namespace
}  // namespace signpost::datapath
