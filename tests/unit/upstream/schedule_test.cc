#include "upstream/schedule.h"

#include <gmock/gmock.h>

#include <set>

namespace signpost::upstream {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

TEST(Schedule, RefreshesWhenNineTenthsOfTheTtlHavePassed) {
  const Options options;
  Schedule schedule(options);
  std::set<milliseconds> delays;
  for (int i = 0; i < 1000; ++i) {
    const milliseconds delay = schedule.until_refresh(300);
    EXPECT_THAT(delay, AllOf(Ge(milliseconds(255'000)), Le(milliseconds(285'000))));
    delays.insert(delay);
    EXPECT_THAT(schedule.until_refresh(0), AllOf(Ge(milliseconds(4'250)), Le(milliseconds(4'750))));
    EXPECT_THAT(schedule.until_refresh(0x7fffffff),
                AllOf(Ge(milliseconds(3'060'000)), Le(milliseconds(3'420'000))));
  }
  EXPECT_GT(delays.size(), 900u) << "they are to be spread";
}

TEST(Schedule, DoublesThePauseAfterEachFailureUpToAMinute) {
  const Options options;
  Schedule schedule(options);
  milliseconds nominal(1'000);
  for (const unsigned failures : {1u, 2u, 3u, 4u, 5u, 6u}) {
    EXPECT_THAT(schedule.until_retry(failures), AllOf(Ge(nominal * 9 / 10), Le(nominal * 11 / 10)));
    nominal *= 2;
  }
  for (const unsigned failures : {7u, 100u, 0xffffffffu}) {
    EXPECT_THAT(schedule.until_retry(failures),
                AllOf(Ge(milliseconds(54'000)), Le(milliseconds(66'000))));
  }
}

TEST(Schedule, IsRepeatedByItsSeed) {
  Options options;
  options.seed = 7;
  Schedule one(options);
  Schedule two(options);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.until_refresh(300), two.until_refresh(300));
}

}  // namespace
}  // namespace signpost::upstream
