#include "health/judge.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace signpost::health {
namespace {

using model::Health;

Health after(Judge judge, std::initializer_list<bool> results) {
  for (const bool success : results) judge.observe(success);
  return judge.status();
}

TEST(Judge, FlipsAfterThresholdResultsInARow) {
  EXPECT_EQ(after(Judge(3, Health::kHealthy), {false, false}), Health::kHealthy);
  EXPECT_EQ(after(Judge(3, Health::kHealthy), {false, false, false}), Health::kUnhealthy);
  EXPECT_EQ(after(Judge(3, Health::kUnhealthy), {true, true}), Health::kUnhealthy);
  EXPECT_EQ(after(Judge(3, Health::kUnhealthy), {true, true, true}), Health::kHealthy);
  EXPECT_EQ(after(Judge(1, Health::kHealthy), {false}), Health::kUnhealthy);
}

TEST(Judge, AnAgreeingResultStartsTheCountAgain) {
  EXPECT_EQ(after(Judge(3, Health::kHealthy), {false, false, true, false, false}),
            Health::kHealthy);
  EXPECT_EQ(after(Judge(3, Health::kUnhealthy), {true, true, false, true, true}),
            Health::kUnhealthy);
}

TEST(Judge, ANewCheckIsHealthyAtItsFirstSuccessAndUnhealthyAtTheThreshold) {
  EXPECT_EQ(after(Judge(3), {}), Health::kUnknown);
  EXPECT_EQ(after(Judge(3), {true}), Health::kHealthy);
  EXPECT_EQ(after(Judge(3), {false, false}), Health::kUnknown);
  EXPECT_EQ(after(Judge(3), {false, false, true}), Health::kHealthy);
  EXPECT_EQ(after(Judge(3), {false, false, false}), Health::kUnhealthy);
}

// Whatever the results: the status is the one that the last run of at least `threshold` equal
// results gave, because every such run ends in its own status and no shorter run can change it.
TEST(Judge, FollowsTheLastRunOfThresholdResults) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (std::uint32_t threshold = 1; threshold <= 10; ++threshold) {
    Judge judge(threshold, Health::kHealthy);
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

TEST(PublishedHealth, NegatesLastAndKnowsNoUnknownWhenInverted) {
  model::HealthCheck check;
  for (const Health status : {Health::kHealthy, Health::kUnhealthy, Health::kUnknown})
    EXPECT_EQ(published_health(check, status), status);
  check.inverted = true;
  EXPECT_EQ(published_health(check, Health::kHealthy), Health::kUnhealthy);
  EXPECT_EQ(published_health(check, Health::kUnhealthy), Health::kHealthy);
  EXPECT_EQ(published_health(check, Health::kUnknown), Health::kUnhealthy);
}

TEST(PublishedHealth, OfADisabledCheckIsHealthyUnlessInverted) {
  model::HealthCheck check;
  check.disabled = true;
  for (const bool inverted : {false, true}) {
    check.inverted = inverted;
    for (const Health status : {Health::kHealthy, Health::kUnhealthy, Health::kUnknown})
      EXPECT_EQ(published_health(check, status), inverted ? Health::kUnhealthy : Health::kHealthy);
  }
}

TEST(PublishedHealth, LeadsBackToTheStatusBehindIt) {
  model::HealthCheck check;
  for (const bool inverted : {false, true}) {
    check.inverted = inverted;
    for (const Health status : {Health::kHealthy, Health::kUnhealthy})
      EXPECT_EQ(status_behind(check, published_health(check, status)), status);
  }
}

}  // namespace
}  // namespace signpost::health
