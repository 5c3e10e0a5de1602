#include "health/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace signpost::health {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr nanoseconds kZero = nanoseconds::zero();

std::string id_of(int number) { return "endpoint-" + std::to_string(number); }

// 10,000 checks, interval 10 s: 100 bins of 100 ms with 100 on average. For phases that are
// independent and uniform, the number in a bin is binomial with mean m = 100, and Chernoff's bound
// gives P(bin >= 2m) <= exp(-m (2 ln 2 - 1)) = exp(-38.6) = 1.7e-17; over 100 bins, 2e-15. So 2m is
// exceeded by a bad hash only, never by chance. The lower side, P(bin <= m/2) <= exp(-m (1 - ln 2)
// / 2) = 2.2e-7, over 100 bins 2e-5, shows that no bin is avoided.
TEST(Schedule, SpreadsTenThousandChecksOverTheirInterval) {
  constexpr int kChecks = 10000;
  constexpr int kBins = 100;
  for (const std::string& prefix :
       {std::string("endpoint-"), std::string(), std::string(60, 'x')}) {
    std::vector<int> bins(kBins);
    for (int i = 0; i < kChecks; ++i) {
      const nanoseconds phase = phase_of(prefix + std::to_string(i), seconds(10));
      ASSERT_GE(phase, kZero);
      ASSERT_LT(phase, seconds(10));
      ++bins[static_cast<std::size_t>(phase / milliseconds(100))];
    }
    EXPECT_LE(*std::max_element(bins.begin(), bins.end()), 2 * kChecks / kBins) << prefix;
    EXPECT_GE(*std::min_element(bins.begin(), bins.end()), kChecks / kBins / 2) << prefix;
  }
}

// The slots that schedules really give, at the start (all within the first second: 1,000 in 100 ms
// on average, so the same bound holds a fortiori) and after it.
TEST(Schedule, SpreadsTheSlotsOfChecksThatStartTogether) {
  const SteadyTime start = SteadyTime(hours(100));
  std::vector<int> first(10);
  std::vector<int> second(200);
  for (int i = 0; i < 10000; ++i) {
    Schedule schedule(id_of(i), seconds(10), start);
    ASSERT_GT(schedule.due(), start);
    ASSERT_LE(schedule.due(), start + seconds(1));
    ++first[static_cast<std::size_t>((schedule.due() - start - nanoseconds(1)) /
                                     milliseconds(100))];
    (void)schedule.take(schedule.due());
    const SteadyTime next = schedule.due();
    ASSERT_GE(next - start, milliseconds(2500));
    ASSERT_LE(next - start, milliseconds(13500));
    ++second[static_cast<std::size_t>((next - start) / milliseconds(100))];
  }
  EXPECT_LE(*std::max_element(first.begin(), first.end()), 2 * 1000);
  EXPECT_LE(*std::max_element(second.begin(), second.end()), 2 * 100);
}

// After a stall of four seconds, in the second before which nobody noticed: slots up to 2 s late
// are put off, earlier ones skipped. In 100 ms fall the regular 100, at most 50 that are less than
// 50 ms late (in the first 100 ms only), and 1,950 put off over 5 s, 39 on average: 189 at most on
// average, and within twice the mean of 100.
TEST(Schedule, MakesNoHerdAfterAStall) {
  const SteadyTime stopped = SteadyTime(hours(100));
  const SteadyTime woken = stopped + seconds(4);
  std::vector<int> probes(200);
  for (int i = 0; i < 10000; ++i) {
    Schedule schedule(id_of(i), seconds(10), stopped - seconds(60));
    while (schedule.due() < stopped) (void)schedule.take(schedule.due());
    if (schedule.due() < woken && schedule.take(woken).probe) ++probes[0];
    while (schedule.due() < woken + seconds(20)) {
      const SteadyTime due = schedule.due();
      if (schedule.take(due).probe)
        ++probes[static_cast<std::size_t>((due - woken) / milliseconds(100))];
    }
  }
  EXPECT_LE(*std::max_element(probes.begin(), probes.end()), 2 * 100);
}

TEST(Schedule, KeepsToItsGridWhateverTheDelay) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 200; ++i) {
    const nanoseconds interval = milliseconds(1 + random() % 60000);
    Schedule schedule(id_of(i), interval, SteadyTime(milliseconds(random())));
    (void)schedule.take(schedule.due());
    const nanoseconds phase = phase_of(id_of(i), interval);
    for (int n = 0; n < 50; ++n) {
      const SteadyTime due = schedule.due();
      ASSERT_EQ(due.time_since_epoch() % interval, phase);
      const SteadyTime now = due + nanoseconds(random() % 4000000000u);
      Schedule::Slot slot = schedule.take(now);
      ASSERT_EQ(slot.late, now - due > std::min<nanoseconds>(interval, seconds(2)));
      if (!slot.late && now - due > milliseconds(50)) {  // put off, once
        ASSERT_FALSE(slot.probe);
        ASSERT_EQ(slot.skipped, 0u);
        ASSERT_GE(schedule.due(), now);
        ASSERT_LE(schedule.due(), now + interval / 2);
        slot = schedule.take(schedule.due() + std::min<nanoseconds>(interval, milliseconds(60)));
        ASSERT_TRUE(slot.probe);
        ASSERT_EQ(slot.skipped, 0u);
      } else {
        ASSERT_EQ(slot.probe, !slot.late);
        ASSERT_GT(schedule.due(), now);
        ASSERT_LE(schedule.due(), now + interval);
        ASSERT_EQ(static_cast<std::int64_t>(slot.skipped) + (slot.probe ? 1 : 0),
                  (schedule.due() - due) / interval);
      }
    }
  }
}

TEST(Schedule, GivesASlotSoonAndTheNextAtLeastAQuarterOfAnIntervalLater) {
  for (int i = 0; i < 1000; ++i) {
    const SteadyTime start = SteadyTime(milliseconds(7919 * i));
    for (const nanoseconds interval : {milliseconds(50), milliseconds(1000), milliseconds(30000)}) {
      Schedule schedule(id_of(i), interval, start);
      const SteadyTime first = schedule.due();
      ASSERT_LE(first - start, std::min<nanoseconds>(interval, seconds(1)));
      const Schedule::Slot slot = schedule.take(first);
      ASSERT_TRUE(slot.probe);
      ASSERT_EQ(slot.skipped, 0u);
      ASSERT_GE(schedule.due() - first, interval / 4);
      ASSERT_LE(schedule.due() - first, interval * 5 / 4);
    }
  }
}

TEST(Schedule, CallsASlotLateAfterAnIntervalOrTwoSeconds) {
  const auto late = [](nanoseconds interval, nanoseconds delay) {
    Schedule schedule("check", interval, SteadyTime(hours(1)));
    return schedule.take(schedule.due() + delay).late;
  };
  EXPECT_FALSE(late(seconds(30), seconds(2)));
  EXPECT_TRUE(late(seconds(30), seconds(2) + nanoseconds(1)));
  EXPECT_FALSE(late(seconds(1), seconds(1)));
  EXPECT_TRUE(late(seconds(1), seconds(1) + nanoseconds(1)));
}

TEST(Schedule, SurvivesAnIntervalOfNothing) {
  Schedule schedule("check", kZero, SteadyTime(hours(1)));
  (void)schedule.take(schedule.due());
  EXPECT_GT(schedule.due(), SteadyTime(hours(1)));
}

}  // namespace
}  // namespace signpost::health
