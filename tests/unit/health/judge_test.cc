#include "health/judge.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace signpost::health {
namespace {

using model::Health;

Judge judge(std::uint32_t threshold, Health status = Health::kUnknown) {
  return Judge({threshold, threshold, false}, status);
}

Health after(Judge judge, std::initializer_list<bool> results) {
  for (const bool success : results) judge.observe(success);
  return judge.status();
}

TEST(Judge, FlipsAfterThresholdResultsInARow) {
  EXPECT_EQ(after(judge(3, Health::kHealthy), {false, false}), Health::kHealthy);
  EXPECT_EQ(after(judge(3, Health::kHealthy), {false, false, false}), Health::kUnhealthy);
  EXPECT_EQ(after(judge(3, Health::kUnhealthy), {true, true}), Health::kUnhealthy);
  EXPECT_EQ(after(judge(3, Health::kUnhealthy), {true, true, true}), Health::kHealthy);
  EXPECT_EQ(after(judge(1, Health::kHealthy), {false}), Health::kUnhealthy);
}

TEST(Judge, AnAgreeingResultStartsTheCountAgain) {
  EXPECT_EQ(after(judge(3, Health::kHealthy), {false, false, true, false, false}),
            Health::kHealthy);
  EXPECT_EQ(after(judge(3, Health::kUnhealthy), {true, true, false, true, true}),
            Health::kUnhealthy);
}

TEST(Judge, ANewCheckIsHealthyAtItsFirstSuccessAndUnhealthyAtTheThreshold) {
  EXPECT_EQ(after(judge(3), {}), Health::kUnknown);
  EXPECT_EQ(after(judge(3), {true}), Health::kHealthy);
  EXPECT_EQ(after(judge(3), {false, false}), Health::kUnknown);
  EXPECT_EQ(after(judge(3), {false, false, true}), Health::kHealthy);
  EXPECT_EQ(after(judge(3), {false, false, false}), Health::kUnhealthy);
}

TEST(Judge, CountsRisesAndFallsApart) {
  const Thresholds thresholds{.rise = 2, .fall = 4};
  EXPECT_EQ(after(Judge(thresholds, Health::kHealthy), {false, false, false}), Health::kHealthy);
  EXPECT_EQ(after(Judge(thresholds, Health::kHealthy), {false, false, false, false}),
            Health::kUnhealthy);
  EXPECT_EQ(after(Judge(thresholds, Health::kUnhealthy), {true}), Health::kUnhealthy);
  EXPECT_EQ(after(Judge(thresholds, Health::kUnhealthy), {true, true}), Health::kHealthy);
}

TEST(Judge, AFlipThatIsToBeConfirmedNeedsOneResultMore) {
  Judge judge({.rise = 1, .fall = 2, .confirmed = true}, Health::kHealthy);
  judge.observe(false);
  EXPECT_FALSE(judge.awaits_confirmation());
  judge.observe(false);
  EXPECT_TRUE(judge.awaits_confirmation());
  EXPECT_EQ(judge.status(), Health::kHealthy);
  judge.observe(true);
  EXPECT_FALSE(judge.awaits_confirmation());
  EXPECT_EQ(after(judge, {false, false}), Health::kHealthy);
  EXPECT_EQ(after(judge, {false, false, false}), Health::kUnhealthy);
}

TEST(Thresholds, AreTheFailureThresholdUnlessGiven) {
  model::HealthCheck check;
  check.failure_threshold = 5;
  EXPECT_EQ(thresholds_of(check), (Thresholds{5, 5, false}));
  check.rise = 2;
  check.fall = 7;
  check.confirm_after = std::chrono::milliseconds(100);
  EXPECT_EQ(thresholds_of(check), (Thresholds{2, 7, true}));
}

// Whatever the results: the status is the one that the last run of at least `threshold` equal
// results gave, because every such run ends in its own status and no shorter run can change it.
TEST(Judge, FollowsTheLastRunOfThresholdResults) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (std::uint32_t threshold = 1; threshold <= 10; ++threshold) {
    Judge judge({threshold, threshold, false}, Health::kHealthy);
    Health expected = Health::kHealthy;
    std::uint32_t run = 0;
    bool last = false;
    for (int i = 0; i < 20000; ++i) {
      const bool success = random() % 4 == 0 ? !last : last;
      run = success == last ? run + 1 : 1;
      last = success;
      if (run >= threshold) expected = success ? Health::kHealthy : Health::kUnhealthy;
      judge.observe(success);
      ASSERT_EQ(judge.status(), expected) << "threshold " << threshold << ", result " << i;
    }
  }
}

}  // namespace
}  // namespace signpost::health
