#include <gtest/gtest.h>

#include "model/active_overrides.h"
#include "policy/decide.h"
#include "policy/table_compiler.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::ActiveOverride;
using model::Health;
using model::Override;
using model::OverrideAction;
using model::OverrideScope;
using testing::BatchBuilder;
using testing::name;
using testing::routed;
using testing::weighted;

const Override::Time kStart{std::chrono::seconds(1'800'000'000)};

OverrideScope endpoint(const char* prefix) {
  return model::EndpointScope{model::Prefix::parse(prefix).value()};
}

ActiveOverride active(std::uint64_t number, OverrideAction action, OverrideScope scope,
                      unsigned percent = 100) {
  Override made;
  made.number = number;
  made.action = action;
  made.scope = std::move(scope);
  made.owner = "root";
  made.reason = "maintenance";
  return {std::make_shared<const Override>(std::move(made)), percent};
}

model::Observations with(std::vector<ActiveOverride> all, const model::Config& config = {}) {
  model::Observations seen;
  seen.overrides = std::make_shared<const model::ActiveOverrides>(std::move(all), config);
  return seen;
}

model::RecordGroup group_of(model::RecordSets sets) {
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = std::move(sets);
  return group;
}

using Weights = std::map<std::string, std::uint64_t>;

Weights weights(const model::RecordGroup& group, const model::Observations& seen,
                std::vector<std::string>* trace = nullptr) {
  const model::Config config;
  Weights found;
  for (const Share& share : decide(group, {config, seen, {}}, trace).shares)
    found[group.sets[share.sets.front()].set_identifier] = share.weight;
  return found;
}

const model::RecordGroup kPair =
    group_of({weighted("a", 10, "192.0.2.1", "ca"), weighted("b", 30, "192.0.2.2")});

TEST(Overrides, TakeTheEndpointOfACheckOutOfTheAnswersAndSayWhy) {
  std::vector<std::string> trace;
  const auto seen = with({active(3, OverrideAction::kDown, model::CheckScope{"ca"})});
  EXPECT_EQ(weights(kPair, seen, &trace), (Weights{{"b", 30}}));
  EXPECT_EQ(trace.front(), "a: weight 10, down by override 3 of root until cleared: maintenance");
}

TEST(Overrides, ForceUpWhatItsCheckSeesDown) {
  auto seen = with({active(1, OverrideAction::kUp, model::CheckScope{"ca"})});
  seen.health.set("ca", Health::kUnhealthy);
  EXPECT_EQ(weights(kPair, seen), (Weights{{"a", 10}, {"b", 30}}));
}

TEST(Overrides, TakeAnEndpointWithoutACheckDownByItsAddress) {
  EXPECT_EQ(weights(kPair, with({active(1, OverrideAction::kDown, endpoint("192.0.2.2"))})),
            (Weights{{"a", 10}}));
}

TEST(Overrides, OfAPrefixHoldForAllThatLiesInIt) {
  const auto seen = with({active(1, OverrideAction::kDown, endpoint("192.0.2.0/31"))});
  EXPECT_EQ(weights(kPair, seen), (Weights{{"b", 30}}));
}

TEST(Overrides, OfADrainScaleWeightsUntilNothingIsLeft) {
  const model::CheckScope scope{"ca"};
  EXPECT_EQ(weights(kPair, with({active(1, OverrideAction::kDrain, scope, 50)})),
            (Weights{{"a", 500}, {"b", 3000}}));
  EXPECT_EQ(weights(kPair, with({active(1, OverrideAction::kDrain, scope, 0)})),
            (Weights{{"b", 30}}));
}

TEST(Overrides, LetTheStrongestWinWhereTheyMeet) {
  const auto up = active(1, OverrideAction::kUp, model::CheckScope{"ca"});
  const auto drain = active(2, OverrideAction::kDrain, model::CheckScope{"ca"}, 50);
  const auto down = active(3, OverrideAction::kDown, endpoint("192.0.2.1"));
  EXPECT_EQ(weights(kPair, with({drain, up})), (Weights{{"a", 500}, {"b", 3000}}));
  EXPECT_EQ(weights(kPair, with({up, down})), (Weights{{"b", 30}}));
}

TEST(Overrides, OfARegionHoldForItsLatencyRecordSets) {
  const auto group = group_of({routed("eu", model::Latency({.region = "eu-west-1"}), "192.0.2.1"),
                               routed("us", model::Latency({.region = "us-east-1"}), "192.0.2.2")});
  const auto seen = with({active(1, OverrideAction::kDown, model::RegionScope{"eu-west-1"})});
  EXPECT_EQ(weights(group, seen), (Weights{{"us", 1}}));
}

// A table that follows overrides step by step, compared with one made at once.
class Tables : public ::testing::Test {
 protected:
  void apply(const model::ChangeBatch& batch) {
    config_ = testing::applied(config_, batch);
    compiler_.accept(compiler_.compile_batch(config_, seen_, batch));
  }

  model::TableChange follow(std::vector<ActiveOverride> all, const OverrideChange& change) {
    seen_.overrides = std::make_shared<const model::ActiveOverrides>(std::move(all), config_);
    const CompiledTable compiled = compiler_.compile_overrides(config_, seen_, change);
    compiler_.accept(compiled);
    IdRegistry ids(1000, 1000);
    TableCompiler other(ids);
    const CompiledTable whole = other.compile_all(config_, seen_);
    whole.table->nodes.for_each([&](const dns::Name& owner, const model::NodePtr& node) {
      const model::NodePtr* mine = compiled.table->nodes.find(owner);
      ASSERT_NE(mine, nullptr) << owner.text();
      ASSERT_EQ((*mine)->types.size(), node->types.size()) << owner.text();
      for (std::size_t i = 0; i < node->types.size(); ++i) {
        const model::Answer& a = *(*mine)->types[i].second;
        const model::Answer& b = *node->types[i].second;
        ASSERT_EQ(a.variants.size(), b.variants.size()) << owner.text();
        EXPECT_TRUE(std::ranges::equal(a.slots(), b.slots())) << owner.text();
        for (std::size_t v = 0; v < b.variants.size(); ++v)
          EXPECT_EQ(a.variants[v].octets, b.variants[v].octets) << owner.text();
      }
    });
    return compiled.change;
  }

  model::Config config_;
  model::Observations seen_;
  IdRegistry ids_{1000, 1000};
  TableCompiler compiler_{ids_};
};

TEST_F(Tables, RecompileOnlyWhatAnOverrideTouches) {
  apply(BatchBuilder()
            .zone("example.com.", 1)
            .simple("example.com.", "two.example.com.", RRType::kA, {"192.0.2.1", "192.0.2.2"})
            .simple("example.com.", "alias.example.com.", RRType::kCname, {"two.example.com."})
            .simple("example.com.", "other.example.com.", RRType::kA, {"198.51.100.1"})
            .batch());
  const auto down = active(1, OverrideAction::kDown, endpoint("192.0.2.2"));
  const model::TableChange came = follow({down}, {.checks = {}, .went = {}, .came = {1}});
  EXPECT_EQ(std::set<dns::Name>(came.names.begin(), came.names.end()),
            (std::set<dns::Name>{name("two.example.com."), name("alias.example.com.")}));
  const model::TableChange went = follow({}, {.checks = {}, .went = {1}, .came = {}});
  EXPECT_EQ(went.names.size(), 2u);
}

TEST_F(Tables, KeepAllAddressesWhenNoneWouldBeLeft) {
  apply(BatchBuilder()
            .zone("example.com.", 1)
            .simple("example.com.", "two.example.com.", RRType::kA, {"192.0.2.1", "192.0.2.2"})
            .batch());
  const auto down = active(1, OverrideAction::kDown, endpoint("192.0.2.0/24"));
  EXPECT_TRUE(follow({down}, {.checks = {}, .went = {}, .came = {1}}).names.empty());
}

TEST(Ramp, GoesDownInStepsOfTwoSecondsAndBackFromWhereItWas) {
  using std::chrono::seconds;
  Override drain;
  drain.action = OverrideAction::kDrain;
  drain.set = kStart;
  drain.ramp = seconds(20);
  EXPECT_EQ(model::weight_percent(drain, kStart), 100u);
  EXPECT_EQ(model::weight_percent(drain, kStart + seconds(1)), 100u);
  EXPECT_EQ(model::next_change(drain, kStart), kStart + seconds(2));
  EXPECT_EQ(model::weight_percent(drain, kStart + seconds(2)), 90u);
  EXPECT_EQ(model::weight_percent(drain, kStart + seconds(60)), 0u);
  EXPECT_EQ(model::next_change(drain, kStart + seconds(60)), std::nullopt);
  drain.restoring_since = kStart + seconds(10);
  EXPECT_EQ(model::weight_percent(drain, kStart + seconds(10)), 50u);
  EXPECT_EQ(model::weight_percent(drain, kStart + seconds(14)), 70u);
  EXPECT_FALSE(model::has_ended(drain, kStart + seconds(19)));
  EXPECT_TRUE(model::has_ended(drain, kStart + seconds(20)));
}

TEST(Ramp, ChangesNextWhenTheWeightDoes) {
  using std::chrono::seconds;
  for (const int length : {1, 3, 7, 300, 1001}) {
    Override drain;
    drain.action = OverrideAction::kDrain;
    drain.set = kStart;
    drain.ramp = seconds(length);
    Override::Time now = kStart;
    for (int steps = 0; steps <= 100; ++steps) {
      const auto next = model::next_change(drain, now);
      if (!next) break;
      ASSERT_LT(model::weight_percent(drain, *next), model::weight_percent(drain, now)) << length;
      now = *next;
    }
    EXPECT_EQ(model::weight_percent(drain, now), 0u) << length;
  }
}

}  // namespace
}  // namespace signpost::policy
