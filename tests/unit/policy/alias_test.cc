// Trees of aliases: the documented walk-throughs T1 to T6 (route53-semantics 1.0), through decide()
// and the answer table.
#include <gtest/gtest.h>

#include "policy/explain.h"
#include "policy/table_compiler.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::FailoverRole;
using model::Health;
using model::Latency;
using model::LatencyFields;
using testing::alias;
using testing::BatchBuilder;
using testing::name;
using testing::routed;
using testing::weighted;

constexpr const char* kApex = "example.com.";

model::RecordGroup group_of(model::RecordSets sets) {
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = std::move(sets);
  return group;
}

// Two places: locality 1 is near us-east-1, locality 2 near ap-southeast-2.
model::LocalityMapPtr two_coasts() {
  model::LocalityMap::Parts parts;
  parts.places.resize(3);
  parts.places[1].coordinates = model::Coordinates{39, -77};
  parts.places[2].coordinates = model::Coordinates{-34, 151};
  parts.blocks.resize(1);
  parts.round_trips.resize(1);
  parts.localities = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
  parts.cells.resize(2 * model::kLocalityRootCells);
  // 198.51.0.0/16 is near us-east-1.
  model::locality_entry(parts.cells, 0, 0xc633) = 1u << 8 | model::kLocalityRootBits;
  return std::make_shared<const model::LocalityMap>(std::move(parts));
}

class AliasTest : public ::testing::Test {
 protected:
  AliasTest() {
    compiler_.accept(compiler_.compile_localities(config_, seen_, two_coasts()));
    BatchBuilder first;
    first.zone(kApex, 1);
    for (const char* check : {"a", "b", "c", "d", "use1-check"}) first.check(check);
    apply(first.batch());
  }

  void apply(const model::ChangeBatch& batch) {
    config_ = testing::applied(config_, batch);
    compiler_.accept(compiler_.compile_batch(config_, seen_, batch));
  }
  void put(const std::string& owner, model::RecordSets sets) {
    apply(BatchBuilder().group(kApex, owner, group_of(std::move(sets))).batch());
  }
  void flip(const std::string& check, Health health) {
    seen_.health.set(check, health);
    compiler_.accept(compiler_.compile_health(config_, seen_, {check}));
    expect_as_from_scratch();
  }
  void down(const std::string& check) { flip(check, Health::kUnhealthy); }
  void up(const std::string& check) { flip(check, Health::kHealthy); }

  // A change of health must lead to the same answers as compiling all.
  void expect_as_from_scratch() {
    IdRegistry ids(1000, 1000);
    TableCompiler fresh(ids);
    fresh.accept(fresh.compile_localities(model::Config(), seen_, two_coasts()));
    fresh.accept(fresh.compile_all(config_, seen_));
    for (const model::LocalityId locality : {0u, 1u, 2u})
      ASSERT_EQ(shares_in(*fresh.table(), locality), shares(locality));
  }

  using Shares = std::map<std::string, std::size_t>;
  // Slots by choice.
  static Shares shares_in(const model::AnswerTable& table, model::LocalityId locality) {
    const Finding found = find(table, name("api.example.com."), RRType::kA);
    Shares shares;
    if (found.answer == nullptr) return shares;
    const model::Answer& answer = found.answer->at(locality);
    if (answer.slots().empty()) return {{answer.variants.front().choice, 1}};
    for (const std::uint16_t slot : answer.slots()) ++shares[answer.variants[slot].choice];
    return shares;
  }
  Shares shares(model::LocalityId locality) const {
    return shares_in(*compiler_.table(), locality);
  }

  // api: latency aliases to use1.example.com and apse2.example.com.
  void latency_tree(bool evaluate, const std::string& check_of_use1 = "") {
    put("use1.example.com.",
        {weighted("a", 1, "192.0.2.1", "a"), weighted("b", 1, "192.0.2.2", "b")});
    put("apse2.example.com.",
        {weighted("c", 1, "192.0.2.3", "c"), weighted("d", 1, "192.0.2.4", "d")});
    put("api.example.com.", {alias("apse2", Latency(LatencyFields{"ap-southeast-2"}), kApex,
                                   "apse2.example.com.", true),
                             alias("use1", Latency(LatencyFields{"us-east-1"}), kApex,
                                   "use1.example.com.", evaluate, check_of_use1)});
  }

  model::Config config_;
  model::Observations seen_;
  IdRegistry ids_{1000, 1000};
  TableCompiler compiler_{ids_};
};

TEST_F(AliasTest, T1BacksOutOfABranchWhoseRecordsAreAllDown) {
  latency_tree(true);
  EXPECT_EQ(shares(1), (Shares{{"use1 > a", 1}, {"use1 > b", 1}}));
  EXPECT_EQ(shares(2), (Shares{{"apse2 > c", 1}, {"apse2 > d", 1}}));
  down("a");
  EXPECT_EQ(shares(1), (Shares{{"use1 > b", 1}}));
  down("b");
  EXPECT_EQ(shares(1), (Shares{{"apse2 > c", 1}, {"apse2 > d", 1}}));
  up("a");
  EXPECT_EQ(shares(1), (Shares{{"use1 > a", 1}}));
}

TEST_F(AliasTest, T2LeavesABranchWhoseOwnCheckFails) {
  latency_tree(true, "use1-check");
  down("use1-check");
  EXPECT_EQ(shares(1), (Shares{{"apse2 > c", 1}, {"apse2 > d", 1}}));
}

TEST_F(AliasTest, T3ARecordWithoutACheckKeepsItsBranch) {
  latency_tree(true);
  put("use1.example.com.", {weighted("a", 1, "192.0.2.1", "a"), weighted("b", 1, "192.0.2.2")});
  down("a");
  EXPECT_EQ(shares(1), (Shares{{"use1 > b", 1}}));
}

TEST_F(AliasTest, T4AnswersFromABranchThatMustAnswerEvenIfAllItsRecordsAreDown) {
  latency_tree(false);
  down("a");
  down("b");
  EXPECT_EQ(shares(1), (Shares{{"use1 > a", 1}, {"use1 > b", 1}}));
}

TEST_F(AliasTest, T5RenormalisesWeightsOverTheHealthy) {
  put("api.example.com.",
      {weighted("first", 10, "192.0.2.1", "a"), weighted("second", 20, "192.0.2.2", "b"),
       weighted("third", 20, "192.0.2.3", "c")});
  down("c");
  EXPECT_EQ(shares(0), (Shares{{"first", 1}, {"second", 2}}));
}

TEST_F(AliasTest, T6KeepsThePrimaryWhileOneOfItsRecordsIsHealthy) {
  put("use1.example.com.",
      {weighted("a", 3, "192.0.2.1", "a"), weighted("b", 1, "192.0.2.2", "b")});
  put("apse2.example.com.", {weighted("c", 1, "192.0.2.3", "c")});
  put("api.example.com.",
      {alias("p", model::Failover{FailoverRole::kPrimary}, kApex, "use1.example.com.", true),
       alias("s", model::Failover{FailoverRole::kSecondary}, kApex, "apse2.example.com.", true)});
  EXPECT_EQ(shares(0), (Shares{{"p > a", 3}, {"p > b", 1}}));
  down("a");
  EXPECT_EQ(shares(0), (Shares{{"p > b", 1}}));
  down("b");
  EXPECT_EQ(shares(0), (Shares{{"s > c", 1}}));
  down("c");
  EXPECT_EQ(shares(0), (Shares{{"p > a", 3}, {"p > b", 1}})) << "all are down: the primary's tree";
}

TEST_F(AliasTest, SharesOfNestedWeightsMultiply) {
  put("use1.example.com.", {weighted("a", 1, "192.0.2.1"), weighted("b", 2, "192.0.2.2")});
  put("apse2.example.com.", {weighted("c", 3, "192.0.2.3"), weighted("d", 1, "192.0.2.4")});
  put("api.example.com.", {alias("x", model::Weighted{1}, kApex, "use1.example.com.", true),
                           alias("y", model::Weighted{3}, kApex, "apse2.example.com.", true)});
  // 1/4 of 1/3 and 2/3; 3/4 of 3/4 and 1/4; common denominator 48.
  EXPECT_EQ(shares(0), (Shares{{"x > a", 4}, {"x > b", 8}, {"y > c", 27}, {"y > d", 9}}));
}

TEST_F(AliasTest, AnswersUnderItsOwnNameWithTheTtlOfItsTarget) {
  put("use1.example.com.", {routed("", model::Simple(), "192.0.2.1")});
  put("api.example.com.", {alias("", model::Simple(), kApex, "use1.example.com.", false)});
  const Finding found = find(*compiler_.table(), name("api.example.com."), RRType::kA);
  ASSERT_NE(found.answer, nullptr);
  EXPECT_EQ(found.answer->variants.front().octets,
            std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1", 16));
  put("use1.example.com.", {routed("", model::Simple(), "192.0.2.9")});
  EXPECT_EQ(find(*compiler_.table(), name("api.example.com."), RRType::kA)
                .answer->variants.front()
                .octets.view()
                .back(),
            '\x09')
      << "an alias follows the change of its target";
}

TEST_F(AliasTest, FollowsATreeThatNobodySees) {
  auto inner = std::make_shared<model::RecordGroup>(
      group_of({weighted("a", 1, "192.0.2.1", "a"), weighted("b", 1, "192.0.2.2", "b")}));
  model::RecordSet first = alias("p", model::Failover{FailoverRole::kPrimary}, kApex, kApex, true);
  first.alias = model::AliasTarget{.zone_apex = {},
                                   .name = {},
                                   .external = false,
                                   .tree = inner,
                                   .evaluate_target_health = true};
  put("api.example.com.",
      {first, routed("s", model::Failover{FailoverRole::kSecondary}, "192.0.2.3")});
  EXPECT_EQ(shares(0), (Shares{{"p > a", 1}, {"p > b", 1}}));
  down("a");
  down("b");
  EXPECT_EQ(shares(0), (Shares{{"s", 1}}));
}

TEST_F(AliasTest, AnswersWithWhatAnExternalNameResolvesTo) {
  model::RecordSet set = alias("", model::Simple(), kApex, kApex, true);
  set.alias = model::AliasTarget{.zone_apex = {},
                                 .name = name("cdn.example.net."),
                                 .external = true,
                                 .tree = nullptr,
                                 .evaluate_target_health = true};
  put("example.com.", {set});
  const auto answer = [&] {
    return find(*compiler_.table(), name("example.com."), RRType::kA).answer->variants.front();
  };
  EXPECT_EQ(answer().outcome, model::Outcome::kServfail) << "not resolved yet";
  const std::string key = model::external_key(name("cdn.example.net."), RRType::kA);
  EXPECT_EQ(compiler_.externals(), std::vector<std::string>{key});
  model::ExternalAnswer resolved;
  resolved.rdata = {testing::rdata(RRType::kA, "203.0.113.9")};
  resolved.ttl = 17;
  seen_.external.set(key, std::make_shared<const model::ExternalAnswer>(resolved));
  compiler_.accept(compiler_.compile_external(config_, seen_, {key}));
  EXPECT_EQ(answer().octets, std::string("\xc0\x0c\0\1\0\1\0\0\0\x11\0\4\xcb\0\x71\x09", 16));
}

TEST_F(AliasTest, ExplainTellsHowOldAnExternalAnswerIs) {
  model::RecordSet set = alias("", model::Simple(), kApex, kApex, true);
  set.alias = model::AliasTarget{.zone_apex = {},
                                 .name = name("lb.example.net."),
                                 .external = true,
                                 .tree = nullptr,
                                 .evaluate_target_health = true};
  put("api.example.com.", {set});
  model::ExternalAnswer resolved;
  resolved.rdata = {testing::rdata(RRType::kA, "203.0.113.9")};
  resolved.resolved = 1000;
  const auto told = [&] {
    seen_.external.set("lb.example.net. A",
                       std::make_shared<const model::ExternalAnswer>(resolved));
    std::string text;
    for (const TraceStep& step :
         explain(config_, seen_, *compiler_.table(), name("api.example.com."), RRType::kA, {}, 1042)
             .steps)
      text += step.text + "\n";
    return text;
  };
  EXPECT_NE(told().find("alias to the external lb.example.net. A: 1 record resolved 42 s ago\n"),
            std::string::npos)
      << told();
  resolved.failing = true;
  EXPECT_NE(told().find("resolved 42 s ago, the last known: its resolvers fail\n"),
            std::string::npos)
      << told();
}

TEST_F(AliasTest, ExplainTellsEveryBranchBackedOutOf) {
  latency_tree(true);
  down("a");
  down("b");
  const Explanation told = explain(config_, seen_, *compiler_.table(), name("api.example.com."),
                                   RRType::kA, model::Prefix::parse("198.51.100.7").value(), 0);
  EXPECT_EQ(told.locality.locality, 1u);
  EXPECT_EQ(told.locality.prefix_length, 16);
  std::string text;
  for (const TraceStep& step : told.steps) text += step.text + "\n";
  EXPECT_NE(text.find("unhealthy: its target, use1.example.com. A, has no healthy record\napse2: "),
            std::string::npos)
      << text;
  EXPECT_TRUE(told.by_locality == false) << "both coasts get ap-southeast-2 now";
}

}  // namespace
}  // namespace signpost::policy
