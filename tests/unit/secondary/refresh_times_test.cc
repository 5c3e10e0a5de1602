#include "secondary/refresh_times.h"

#include <gtest/gtest.h>

#include "tests/unit/secondary/primary_messages.h"

namespace signpost::secondary {
namespace {

using namespace std::chrono_literals;
using Time = RefreshTimes::Time;

constexpr Time kBegin{1'000'000s};

TEST(RefreshTimes, AsksAtOnceForAZoneThatIsNew) {
  const RefreshTimes times(kBegin);
  EXPECT_EQ(times.due(), kBegin);
  EXPECT_EQ(times.expires(), std::nullopt);
}

TEST(RefreshTimes, GoesByTheSoaAfterAContact) {
  RefreshTimes times(kBegin);
  times.contacted(held(1, "7200 900 1209600 300"), kBegin, 0);
  EXPECT_EQ(times.due(), kBegin + 7200s);
  EXPECT_EQ(times.expires(), kBegin + 1209600s);
  times.failed(kBegin + 7200s, 0);
  EXPECT_EQ(times.due(), kBegin + 8100s);
  EXPECT_EQ(times.expires(), kBegin + 1209600s);
}

TEST(RefreshTimes, AsksUpToATenthEarlier) {
  RefreshTimes times(kBegin);
  times.contacted(held(1, "1000 900 1209600 300"), kBegin, 1);
  EXPECT_EQ(times.due(), kBegin + 900s);
  times.failed(kBegin, 0.5);
  EXPECT_EQ(times.due(), kBegin + 855s);
}

TEST(RefreshTimes, NeitherFloodsNorForgetsAPrimaryWhateverTheSoaSays) {
  RefreshTimes times(kBegin);
  times.contacted(held(1, "0 0 0 0"), kBegin, 0);
  EXPECT_EQ(times.due(), kBegin + 2s);
  EXPECT_EQ(times.expires(), kBegin + 3s);
  times.failed(kBegin, 0);
  EXPECT_EQ(times.due(), kBegin + 1s);
  times.contacted(held(1, "4294967295 4294967295 4294967295 0"), kBegin, 0);
  EXPECT_EQ(times.due(), kBegin + 28 * 24h);
  EXPECT_EQ(times.expires(), kBegin + 168 * 24h);
  times.failed(kBegin, 0);
  EXPECT_EQ(times.due(), kBegin + 14 * 24h);
}

TEST(RefreshTimes, WaitsLongerWithEachFailureWithoutAZone) {
  RefreshTimes times(kBegin);
  for (const auto wait : {2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 600s, 600s}) {
    times.failed(kBegin, 0);
    EXPECT_EQ(times.due(), kBegin + wait);
  }
}

TEST(RefreshTimes, ARestartDoesNotMakeAZoneLastLonger) {
  RefreshTimes times(kBegin);
  times.hold(held(1, "7200 900 10000 300"), kBegin - 6000s, kBegin);
  EXPECT_EQ(times.due(), kBegin);
  EXPECT_EQ(times.expires(), kBegin + 4000s);
}

TEST(RefreshTimes, ANoticeIsFollowedAtOnce) {
  RefreshTimes times(kBegin);
  times.contacted(held(1), kBegin, 0);
  times.notified(kBegin + 5s);
  EXPECT_EQ(times.due(), kBegin + 5s);
}

TEST(RefreshTimes, AZoneWithoutRecordsDoesNotExpire) {
  RefreshTimes times(kBegin);
  times.contacted(held(1), kBegin, 0);
  times.dropped();
  EXPECT_EQ(times.expires(), std::nullopt);
  times.failed(kBegin, 0);
  EXPECT_EQ(times.due(), kBegin + 2s);
}

}  // namespace
}  // namespace signpost::secondary
