#include "model/calculation.h"

#include <gtest/gtest.h>

#include <map>

namespace signpost::model {
namespace {

Health calculated(std::uint32_t threshold, const std::vector<Health>& children) {
  CalculatedCheck check;
  check.health_threshold = threshold;
  std::map<std::string, Health> health;
  for (const Health child : children) {
    check.children.push_back("c" + std::to_string(check.children.size()));
    health[check.children.back()] = child;
  }
  return calculate(check, [&](const std::string& id) { return health.at(id); }).status;
}

// route53 section 2.2.
TEST(Calculation, IsHealthyFromTheThresholdOn) {
  const Health up = Health::kHealthy;
  const Health down = Health::kUnhealthy;
  EXPECT_EQ(calculated(2, {up, down, up}), up);
  EXPECT_EQ(calculated(3, {up, down, up}), down);
  EXPECT_EQ(calculated(0, {down, down}), up);
  EXPECT_EQ(calculated(3, {up, up}), down);
  EXPECT_EQ(calculated(0, {}), up);
  EXPECT_EQ(calculated(1, {}), down);
}

// With three values for each of five children: what every completion of the unknown ones says.
TEST(Calculation, IsUnknownExactlyWhileChildrenWithoutAVerdictCouldDecide) {
  for (int world = 0; world < 243; ++world) {
    std::vector<Health> children;
    std::size_t healthy = 0;
    std::size_t unknown = 0;
    for (int i = 0, rest = world; i < 5; ++i, rest /= 3) {
      children.push_back(static_cast<Health>(rest % 3));
      healthy += children.back() == Health::kHealthy ? 1 : 0;
      unknown += children.back() == Health::kUnknown ? 1 : 0;
    }
    for (std::uint32_t threshold = 0; threshold <= 6; ++threshold) {
      const bool at_worst = healthy >= threshold;
      const bool at_best = healthy + unknown >= threshold;
      const Health expected = at_worst   ? Health::kHealthy
                              : !at_best ? Health::kUnhealthy
                                         : Health::kUnknown;
      EXPECT_EQ(calculated(threshold, children), expected);
    }
  }
}

TEST(Calculation, NamesTheUnhealthyChildren) {
  const CalculatedCheck check{{"a", "b", "c"}, 2};
  const auto health = [](const std::string& id) {
    return id == "b" ? Health::kHealthy : Health::kUnhealthy;
  };
  EXPECT_EQ(calculate(check, health).text,
            "Failure: 1 of 3 children healthy, 2 needed; unhealthy: a, c");
}

TEST(PublishedHealth, NegatesLastAndKnowsNoUnknownWhenInverted) {
  HealthCheck check;
  for (const Health status : {Health::kHealthy, Health::kUnhealthy, Health::kUnknown})
    EXPECT_EQ(published_health(check, status), status);
  check.inverted = true;
  EXPECT_EQ(published_health(check, Health::kHealthy), Health::kUnhealthy);
  EXPECT_EQ(published_health(check, Health::kUnhealthy), Health::kHealthy);
  EXPECT_EQ(published_health(check, Health::kUnknown), Health::kUnhealthy);
}

TEST(PublishedHealth, OfADisabledCheckIsHealthyUnlessInverted) {
  HealthCheck check;
  check.disabled = true;
  for (const bool inverted : {false, true}) {
    check.inverted = inverted;
    for (const Health status : {Health::kHealthy, Health::kUnhealthy, Health::kUnknown})
      EXPECT_EQ(published_health(check, status), inverted ? Health::kUnhealthy : Health::kHealthy);
  }
}

TEST(PublishedHealth, LeadsBackToTheStatusBehindIt) {
  HealthCheck check;
  for (const bool inverted : {false, true}) {
    check.inverted = inverted;
    for (const Health status : {Health::kHealthy, Health::kUnhealthy})
      EXPECT_EQ(status_behind(check, published_health(check, status)), status);
  }
}

}  // namespace
}  // namespace signpost::model
