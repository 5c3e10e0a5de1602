#include "control/override_keeper.h"

#include <gtest/gtest.h>

#include "tests/support/config_builder.h"

namespace signpost::control {
namespace {

using model::Health;
using model::Override;
using model::OverrideAction;
using testing::BatchBuilder;
using testing::weighted;

const Override::Time kNow{std::chrono::seconds(1'800'000'000)};

model::HealthCheckPtr check_of(const std::string& id, model::CheckKind kind) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = id;
  check->kind = std::move(kind);
  model::add_tag("role=web", check->tags).IgnoreError();
  return check;
}

Override of_check(OverrideAction action, const std::string& id) {
  Override made;
  made.action = action;
  made.scope = model::CheckScope{id};
  made.owner = "root";
  return made;
}

// Two checks, and one that needs both.
class Keeper : public ::testing::Test {
 protected:
  Keeper() {
    config_.health_checks.set("a", check_of("a", model::IcmpProbe{}));
    config_.health_checks.set("b", check_of("b", model::IcmpProbe{}));
    config_.health_checks.set("both", check_of("both", model::CalculatedCheck{{"a", "b"}, 2}));
    keeper_.set_checks(config_);
    std::set<std::string> changed;
    keeper_.observe({{"a", Health::kHealthy}, {"b", Health::kHealthy}, {"both", Health::kHealthy}},
                    config_, seen_, changed);
  }

  absl::Status set(Override override, Override::Time now = kNow) {
    auto step = keeper_.set(std::move(override), config_, seen_, now);
    if (!step.ok()) return step.status();
    events_.insert(events_.end(), step->events.begin(), step->events.end());
    keeper_.take(step->state);
    refresh(now);
    return absl::OkStatus();
  }

  policy::OverrideChange refresh(Override::Time now) {
    if (auto expired = keeper_.expire(now)) keeper_.take(expired->state);
    return keeper_.refresh(config_, seen_, now, flips_);
  }

  void rule(std::uint32_t at_least, std::vector<std::string> ids, std::string selector = "") {
    OverrideState state = keeper_.state();
    state.rules.push_back({"sites", at_least, std::move(ids), std::move(selector)});
    keeper_.take(std::move(state));
  }

  model::Config config_;
  model::Observations seen_;
  OverrideKeeper keeper_;
  std::vector<HealthFlip> flips_;
  std::vector<OverrideEvent> events_;
};

TEST_F(Keeper, ForcesACheckAndWhatIsCalculatedFromIt) {
  ASSERT_TRUE(set(of_check(OverrideAction::kDown, "a")).ok());
  EXPECT_EQ(seen_.of("a"), Health::kUnhealthy);
  EXPECT_EQ(seen_.of("both"), Health::kUnhealthy);
  EXPECT_EQ(flips_.front().reason, "down by override 1 of root until cleared");
  ASSERT_TRUE(
      keeper_.clear({.number = 1, .reason = "", .author = "root"}, config_, seen_, kNow).ok());
}

TEST_F(Keeper, GivesBackWhatIsObservedWhenAnOverrideExpires) {
  Override down = of_check(OverrideAction::kDown, "a");
  down.expires = kNow + std::chrono::hours(1);
  ASSERT_TRUE(set(down).ok());
  EXPECT_EQ(keeper_.next_change(kNow), kNow + std::chrono::hours(1));
  EXPECT_TRUE(refresh(kNow + std::chrono::minutes(59)).empty());
  EXPECT_EQ(refresh(kNow + std::chrono::hours(1)).checks, (std::set<std::string>{"a", "both"}));
  EXPECT_EQ(seen_.of("a"), Health::kHealthy);
  EXPECT_EQ(seen_.of("both"), Health::kHealthy);
  EXPECT_TRUE(keeper_.state().overrides.empty());
}

TEST_F(Keeper, HoldsAForcedCheckAgainstWhatIsObserved) {
  ASSERT_TRUE(set(of_check(OverrideAction::kUp, "a")).ok());
  std::set<std::string> changed;
  keeper_.observe({{"a", Health::kUnhealthy}}, config_, seen_, changed);
  EXPECT_TRUE(changed.empty());
  EXPECT_EQ(seen_.of("both"), Health::kHealthy);
}

TEST_F(Keeper, RefusesWhatBreaksASafetyRuleAndNamesIt) {
  rule(2, {"a", "b"});
  EXPECT_EQ(set(of_check(OverrideAction::kDrain, "a")).message(),
            "safety rule sites wants at least 2 of 2 checks on, and 1 would remain: b; "
            "--break-glass with a reason does it all the same");
  EXPECT_TRUE(keeper_.state().overrides.empty());
}

TEST_F(Keeper, BreaksTheGlassAndTellsTheHistory) {
  rule(3, {}, "role=web");
  Override down = of_check(OverrideAction::kDown, "a");
  down.break_glass = true;
  down.reason = "fire";
  ASSERT_TRUE(set(down).ok());
  EXPECT_EQ(events_.back().change.text,
            "override 1: down, health check a, breaking the glass although safety rule sites wants "
            "at least 3 of 3 checks on, and 1 would remain: b: fire");
}

TEST_F(Keeper, HoldsBackSwitchesAsWell) {
  rule(2, {"a", "b"});
  EXPECT_FALSE(keeper_.check_without("a", config_, seen_).ok());
}

TEST_F(Keeper, LeavesARuleAloneThatAnOverrideDoesNotMakeWorse) {
  rule(2, {"b", "gone"});
  EXPECT_TRUE(set(of_check(OverrideAction::kDown, "a")).ok());
}

TEST_F(Keeper, CountsTheChecksOfRecordSetsInAnEndpointOverride) {
  model::RecordGroup group;
  group.type = dns::RRType::kA;
  group.sets = {weighted("x", 1, "192.0.2.1", "a"), weighted("y", 1, "192.0.2.2", "b")};
  config_ = testing::applied(config_, BatchBuilder()
                                          .zone("example.com.", 1)
                                          .group("example.com.", "w.example.com.", group)
                                          .batch());
  rule(2, {"a", "b"});
  Override down = of_check(OverrideAction::kDown, "a");
  down.scope = model::EndpointScope{model::Prefix::parse("192.0.2.1").value()};
  EXPECT_FALSE(set(down).ok());
}

TEST_F(Keeper, GoesOnWithADrainStepByStepAndBringsTheWeightsBack) {
  using std::chrono::seconds;
  Override drain = of_check(OverrideAction::kDrain, "a");
  drain.ramp = seconds(20);
  ASSERT_TRUE(set(drain).ok());
  EXPECT_EQ(refresh(kNow + seconds(2)).checks, (std::set<std::string>{"a"}));
  EXPECT_EQ(seen_.of("a"), Health::kHealthy);
  refresh(kNow + seconds(20));
  EXPECT_EQ(seen_.of("a"), Health::kUnhealthy);
  auto cleared = keeper_.clear({.number = 1, .reason = "", .author = "root"}, config_, seen_,
                               kNow + seconds(30));
  ASSERT_TRUE(cleared.ok());
  keeper_.take(cleared->state);
  refresh(kNow + seconds(32));
  EXPECT_EQ(seen_.of("a"), Health::kHealthy);
  refresh(kNow + seconds(50));
  EXPECT_TRUE(keeper_.state().overrides.empty());
}

}  // namespace
}  // namespace signpost::control
