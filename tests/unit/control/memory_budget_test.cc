#include "control/memory_budget.h"

#include <gtest/gtest.h>

namespace signpost::control {
namespace {

constexpr std::uint64_t kMebibyte = 1u << 20;

TEST(MemoryBudget, RefusesTheMessageThatExceedsWhatThereIs) {
  MemoryBudget budget(132 * kMebibyte);  // of which 32 are kept for serving
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(budget.take_message(0, 20'000).ok()) << i;
  const absl::Status refused = budget.take_message(0, 20'000);
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(refused.message(),
            "the change takes 109 MiB of memory or more, and signpostd has 100 MiB for it; raise "
            "MemoryMax= of its unit, or give the host more");
}

TEST(MemoryBudget, CountsWhatLongRecordsTake) {
  MemoryBudget budget(132 * kMebibyte);
  EXPECT_TRUE(budget.take_message(40 * kMebibyte, 1).ok());
  EXPECT_FALSE(budget.take_message(20 * kMebibyte, 1).ok());
}

TEST(MemoryBudget, RefusesAChangeOfMoreThanThereIsRoomFor) {
  EXPECT_TRUE(MemoryBudget(132 * kMebibyte).take_change(60'000).ok());
  EXPECT_FALSE(MemoryBudget(132 * kMebibyte).take_change(80'000).ok());
}

TEST(MemoryBudget, LetsASmallChangeThroughWhereThereIsNoRoom) {
  MemoryBudget budget(0);
  EXPECT_TRUE(budget.take_message(10'000, 200).ok());
  EXPECT_TRUE(budget.take_change(200).ok());
  EXPECT_FALSE(budget.take_change(1000).ok());
}

}  // namespace
}  // namespace signpost::control
