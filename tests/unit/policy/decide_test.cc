#include "policy/decide.h"

#include <gtest/gtest.h>

#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using model::FailoverRole;
using model::Health;
using testing::failover;
using testing::weighted;

model::Observations with(std::initializer_list<std::pair<const char*, Health>> states) {
  model::Observations seen;
  for (const auto& [check, health] : states) seen.health.set(check, health);
  return seen;
}

model::RecordGroup group_of(model::RecordSets sets) {
  model::RecordGroup group;
  group.type = dns::RRType::kA;
  group.sets = std::move(sets);
  return group;
}

Decision decided(const model::RecordGroup& group, const model::Observations& seen,
                 std::vector<std::string>* trace = nullptr) {
  const model::Config config;
  return decide(group, {config, seen, {}}, trace);
}

// set identifier -> weight of its share
std::map<std::string, std::uint64_t> shares(const model::RecordGroup& group,
                                            const model::Observations& seen) {
  std::map<std::string, std::uint64_t> found;
  for (const Share& share : decided(group, seen).shares)
    found[group.sets[share.sets.front()].set_identifier] = share.weight;
  return found;
}

using Shares = std::map<std::string, std::uint64_t>;

const model::RecordGroup kThree =
    group_of({weighted("a", 50, "192.0.2.1", "ca"), weighted("b", 30, "192.0.2.2", "cb"),
              weighted("c", 20, "192.0.2.3", "cc")});

TEST(Weighted, GivesEachHealthySetItsWeight) {
  EXPECT_EQ(
      shares(kThree,
             with({{"ca", Health::kHealthy}, {"cb", Health::kHealthy}, {"cc", Health::kHealthy}})),
      (Shares{{"a", 50}, {"b", 30}, {"c", 20}}));
}

TEST(Weighted, LeavesOutTheUnhealthyAndKeepsTheProportionsOfTheOthers) {
  EXPECT_EQ(shares(kThree, with({{"cc", Health::kUnhealthy}})), (Shares{{"a", 50}, {"b", 30}}));
}

TEST(Weighted, CountsAnUnknownCheckAndNoCheckAsHealthy) {
  const auto group = group_of({weighted("a", 1, "192.0.2.1", "ca"), weighted("b", 1, "192.0.2.2")});
  EXPECT_EQ(shares(group, {}), (Shares{{"a", 1}, {"b", 1}}));
  EXPECT_EQ(shares(group, with({{"ca", Health::kUnhealthy}})), (Shares{{"b", 1}}));
}

TEST(Weighted, AnswersAllByWeightWhenNoneIsHealthy) {
  const auto seen =
      with({{"ca", Health::kUnhealthy}, {"cb", Health::kUnhealthy}, {"cc", Health::kUnhealthy}});
  EXPECT_EQ(shares(kThree, seen), (Shares{{"a", 50}, {"b", 30}, {"c", 20}}));
  EXPECT_EQ(decided(kThree, seen).fallback, Fallback::kFailOpen);
}

TEST(Weighted, NeverAnswersAZeroWeightWhileAnotherIsHealthy) {
  const auto group = group_of({weighted("a", 5, "192.0.2.1", "ca"), weighted("z", 0, "192.0.2.9")});
  EXPECT_EQ(shares(group, {}), (Shares{{"a", 5}}));
}

TEST(Weighted, FallsBackToHealthyZeroWeightsEqually) {
  const auto group = group_of({weighted("a", 5, "192.0.2.1", "ca"), weighted("y", 0, "192.0.2.8"),
                               weighted("z", 0, "192.0.2.9", "cz")});
  EXPECT_EQ(shares(group, with({{"ca", Health::kUnhealthy}})), (Shares{{"y", 1}, {"z", 1}}));
  EXPECT_EQ(shares(group, with({{"ca", Health::kUnhealthy}, {"cz", Health::kUnhealthy}})),
            (Shares{{"y", 1}}));
}

TEST(Weighted, ReturnsToTheNonzeroWeightsWhenZeroWeightsAreUnhealthyToo) {
  const auto group =
      group_of({weighted("a", 5, "192.0.2.1", "ca"), weighted("b", 7, "192.0.2.2", "ca"),
                weighted("z", 0, "192.0.2.9", "ca")});
  EXPECT_EQ(shares(group, with({{"ca", Health::kUnhealthy}})), (Shares{{"a", 5}, {"b", 7}}));
}

TEST(Weighted, SharesEquallyIfAllWeightsAreZero) {
  const auto group = group_of({weighted("a", 0, "192.0.2.1", "ca"), weighted("b", 0, "192.0.2.2")});
  EXPECT_EQ(shares(group, {}), (Shares{{"a", 1}, {"b", 1}}));
  EXPECT_EQ(shares(group, with({{"ca", Health::kUnhealthy}})), (Shares{{"b", 1}}));
}

model::RecordSet last_resort(model::RecordSet set) {
  set.last_resort = true;
  return set;
}

TEST(Fallback, IsTheLastResortOnlyWhileNoOtherSetIsHealthy) {
  const auto group =
      group_of({weighted("a", 5, "192.0.2.1", "ca"), weighted("b", 0, "192.0.2.2", "cb"),
                last_resort(weighted("r", 9, "192.0.2.9"))});
  EXPECT_EQ(shares(group, {}), (Shares{{"a", 5}}));
  EXPECT_EQ(shares(group, with({{"ca", Health::kUnhealthy}})), (Shares{{"b", 1}}));
  const auto all_down = with({{"ca", Health::kUnhealthy}, {"cb", Health::kUnhealthy}});
  EXPECT_EQ(shares(group, all_down), (Shares{{"r", 1}}));
  EXPECT_EQ(decided(group, all_down).fallback, Fallback::kLastResort);
}

TEST(Fallback, IsOpenWhereTheLastResortIsUnhealthyTooAndLeavesItOut) {
  const auto group = group_of(
      {weighted("a", 5, "192.0.2.1", "ca"), last_resort(weighted("r", 9, "192.0.2.9", "ca"))});
  EXPECT_EQ(shares(group, with({{"ca", Health::kUnhealthy}})), (Shares{{"a", 5}}));
}

TEST(Fallback, OfAClosedNameIsNoAnswerAndSaysSo) {
  model::RecordGroup group = group_of({failover("p", FailoverRole::kPrimary, "192.0.2.1", "cp"),
                                       failover("s", FailoverRole::kSecondary, "192.0.2.2", "cs")});
  group.fail_mode = model::FailMode::kClosed;
  EXPECT_EQ(shares(group, with({{"cp", Health::kUnhealthy}})), (Shares{{"s", 1}}));
  const auto all_down = with({{"cp", Health::kUnhealthy}, {"cs", Health::kUnhealthy}});
  std::vector<std::string> trace;
  const Decision decision = decided(group, all_down, &trace);
  EXPECT_TRUE(decision.shares.empty());
  EXPECT_EQ(decision.fallback, Fallback::kFailClosed);
  EXPECT_EQ(trace.back(), "no set is healthy, and the name fails closed: NODATA");
}

TEST(Fallback, OfAMultivalueNameIsTheLastResortAlone) {
  const auto group =
      group_of({testing::routed("a", model::Multivalue(), "192.0.2.1", "ca"),
                last_resort(testing::routed("r", model::Multivalue(), "192.0.2.9"))});
  EXPECT_EQ(shares(group, {}), (Shares{{"a", 1}}));
  EXPECT_EQ(shares(group, with({{"ca", Health::kUnhealthy}})), (Shares{{"r", 1}}));
}

TEST(Fallback, ServesEveryClientThatHasASetWhateverThePlaceOfTheLastResort) {
  const auto group = group_of(
      {testing::routed("eu", model::Geolocation({"EU", "", ""}), "192.0.2.1", "ca"),
       last_resort(testing::routed("r", model::Geolocation({"", "JP", ""}), "192.0.2.9"))});
  const auto down = with({{"ca", Health::kUnhealthy}});
  const model::Config config;
  model::Place place;
  place.continent = "EU";
  place.country = "DE";
  const Decision european = decide(group, {config, down, {&place, nullptr, nullptr}});
  ASSERT_EQ(european.shares.size(), 1u);
  EXPECT_EQ(group.sets[european.shares[0].sets[0]].set_identifier, "r");
  place.continent = "AS";
  place.country = "JP";
  EXPECT_TRUE(decide(group, {config, down, {&place, nullptr, nullptr}}).shares.empty());
}

TEST(Fallback, DoesNotMakeAnAliasAboveItHealthy) {
  const model::Config config =
      testing::applied({}, testing::BatchBuilder()
                               .zone("example.com.", 1)
                               .check("ca")
                               .group("example.com.", "below.example.com.",
                                      group_of({weighted("a", 1, "192.0.2.1", "ca"),
                                                last_resort(weighted("r", 1, "192.0.2.9"))}))
                               .batch());
  const auto group =
      group_of({testing::alias("x", model::Weighted{1}, "example.com.", "below.example.com.", true),
                weighted("y", 1, "192.0.2.2")});
  const auto seen = with({{"ca", Health::kUnhealthy}});
  const Decision decision = decide(group, {config, seen, {}});
  ASSERT_EQ(decision.shares.size(), 1u);
  EXPECT_EQ(group.sets[decision.shares[0].sets[0]].set_identifier, "y");
}

TEST(Failover, FollowsRoute53sTable) {
  const auto group = group_of({failover("p", FailoverRole::kPrimary, "192.0.2.1", "cp"),
                               failover("s", FailoverRole::kSecondary, "192.0.2.2", "cs")});
  struct Row {
    Health primary;
    Health secondary;
    const char* answers;
  };
  for (const Row& row : {Row{Health::kHealthy, Health::kHealthy, "p"},
                         Row{Health::kHealthy, Health::kUnhealthy, "p"},
                         Row{Health::kUnhealthy, Health::kHealthy, "s"},
                         Row{Health::kUnhealthy, Health::kUnhealthy, "p"},
                         Row{Health::kUnknown, Health::kHealthy, "p"}}) {
    EXPECT_EQ(shares(group, with({{"cp", row.primary}, {"cs", row.secondary}})),
              (Shares{{row.answers, 1}}));
  }
}

TEST(Failover, AnswersASecondaryWithoutCheckWhenThePrimaryIsDown) {
  const auto group = group_of({failover("p", FailoverRole::kPrimary, "192.0.2.1", "cp"),
                               failover("s", FailoverRole::kSecondary, "192.0.2.2")});
  EXPECT_EQ(shares(group, with({{"cp", Health::kUnhealthy}})), (Shares{{"s", 1}}));
}

TEST(Failover, AnswersALoneSetWhateverItsHealth) {
  const auto group = group_of({failover("s", FailoverRole::kSecondary, "192.0.2.2", "cs")});
  EXPECT_EQ(shares(group, with({{"cs", Health::kUnhealthy}})), (Shares{{"s", 1}}));
}

TEST(Decide, AwaitsTheFirstVerdictOfEachCheckOfTheGroupOnly) {
  model::Observations seen = with({{"ca", Health::kHealthy}, {"cb", Health::kHealthy}});
  seen.awaiting_first_verdicts = true;
  EXPECT_TRUE(decided(kThree, seen).awaiting_health);
  EXPECT_TRUE(decided(kThree, seen).shares.empty());
  seen.health.set("cc", Health::kUnhealthy);
  EXPECT_FALSE(decided(kThree, seen).awaiting_health);
  EXPECT_FALSE(decided(group_of({weighted("a", 1, "192.0.2.1")}), seen).awaiting_health);
}

TEST(Decide, TellsEveryConsideration) {
  std::vector<std::string> trace;
  decided(kThree, with({{"cb", Health::kUnhealthy}}), &trace);
  ASSERT_EQ(trace.size(), 3u);
  EXPECT_EQ(trace[1], "b: weight 30, unhealthy by check cb");
}

}  // namespace
}  // namespace signpost::policy
