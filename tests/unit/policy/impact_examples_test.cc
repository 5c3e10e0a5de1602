// Impacts, failures and overloads of names that a reader can follow.
#include "policy/impact.h"

#include <gtest/gtest.h>

#include "policy/failures.h"
#include "policy/overloads.h"
#include "tests/unit/policy/impact_world.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using testing::BatchBuilder;
using testing::name;

// One name that all clients share between two checked endpoints.
class TwoEndpointsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    apply(BatchBuilder().zone(kApex, 1).check("one").check("two").batch());
    apply(group(1, 1));
  }

  static model::ChangeBatch group(unsigned one, unsigned two, const std::string& first = "one") {
    model::RecordGroup group;
    group.type = RRType::kA;
    group.sets = {testing::weighted(first, one, "192.0.2.1", "one"),
                  testing::weighted("two", two, "192.0.2.2", "two")};
    return BatchBuilder().group(kApex, owner(1), std::move(group)).batch();
  }

  void apply(const model::ChangeBatch& batch) {
    config_ = testing::applied(config_, batch);
    compiler_.accept(compiler_.compile_batch(config_, seen_, batch));
  }

  static Clients demand(double queries) {
    return Clients::given({{model::Prefix(), queries}}, *model::LocalityMap::nowhere(),
                          *model::LocalityMap::nowhere());
  }

  Impact impact_of(const model::ChangeBatch& batch) {
    after_ = testing::applied(config_, batch);
    preview_ = compiler_.preview_batch(after_, seen_, batch, nullptr);
    return impact(*compiler_.table(), *preview_.table, preview_.change.names, clients_, addresses);
  }

  model::Config config_;
  model::Config after_;
  model::Observations seen_;
  IdRegistry ids_{100, 100};
  TableCompiler compiler_{ids_};
  CompiledTable preview_;
  Clients clients_ = Clients::alike(*model::LocalityMap::nowhere(), *model::LocalityMap::nowhere());
};

Endpoint endpoint(const std::string& choice, const std::string& record) {
  return {"ANSWER", choice, {record}};
}

TEST_F(TwoEndpointsTest, TellsThePartThatMovesPerEndpoint) {
  const Impact found = impact_of(group(1, 3));
  ASSERT_EQ(found.answers.size(), 1u);
  EXPECT_EQ(found.answers[0].name, name(owner(1)));
  EXPECT_NEAR(found.answers[0].moved.share, 0.25, 1e-9);
  EXPECT_NEAR(found.answers[0].moved.before.at(endpoint("two", "192.0.2.2")), 0.5, 1e-9);
  EXPECT_NEAR(found.answers[0].moved.after.at(endpoint("two", "192.0.2.2")), 0.75, 1e-9);
  const Moved all = total(found.answers);
  EXPECT_NEAR(all.share, 0.25, 1e-9);
  EXPECT_NEAR(all.after.at(endpoint("", "192.0.2.1")), 0.25, 1e-9);
}

TEST_F(TwoEndpointsTest, MovesNobodyByAnotherNameOfASetOrAnotherSerial) {
  EXPECT_TRUE(impact_of(group(1, 1, "first")).answers.empty());
  EXPECT_TRUE(impact_of(BatchBuilder().zone(kApex, 1, 2).batch()).answers.empty());
}

TEST_F(TwoEndpointsTest, CountsNewAnswersAndListsThoseThatEnd) {
  const Impact fresh =
      impact_of(BatchBuilder().simple(kApex, owner(2), RRType::kA, {"192.0.2.3"}).batch());
  EXPECT_TRUE(fresh.answers.empty());
  EXPECT_EQ(fresh.added, 1u);
  const Impact gone = impact_of(BatchBuilder().remove(kApex, owner(1), RRType::kA).batch());
  ASSERT_EQ(gone.answers.size(), 1u);
  EXPECT_EQ(gone.answers[0].moved.after, (Shares{{{"NXDOMAIN", "", {}}, 1.0}}));
}

TEST_F(TwoEndpointsTest, WarnsOfAnEndpointThatTakesOverMoreThanItCan) {
  const Impact found = impact_of(group(1, 3));
  WhatIf before({config_, seen_, *compiler_.table()});
  WhatIf after({after_, seen_, *preview_.table});
  const Failures failed = failures(before, after, found.answers, clients_, addresses);
  ASSERT_EQ(failed.answers.size(), 2u);
  EXPECT_EQ(failed.answers[0].what, "check one");
  EXPECT_EQ(failed.answers[0].moved.after, (Shares{{endpoint("two", "192.0.2.2"), 1.0}}));
  EXPECT_EQ(failed.answers[0].unserved_after, 0);
  EXPECT_EQ(overloads(after, {{"192.0.2.2", 700}, {"one", 1000}}, true, demand(1000), addresses),
            (std::vector<std::string>{
                "192.0.2.2 would get 750 queries per second, over its capacity of 700",
                "192.0.2.2 would get 1000 queries per second if check one failed, over its "
                "capacity of 700"}));
}

TEST_F(TwoEndpointsTest, SumsTheLoadOfAnEndpointOverAllNames) {
  apply(BatchBuilder().simple(kApex, owner(2), RRType::kA, {"192.0.2.1"}).batch());
  apply(BatchBuilder().simple(kApex, owner(3), RRType::kA, {"192.0.2.1", "192.0.2.9"}).batch());
  WhatIf now({config_, seen_, *compiler_.table()});
  EXPECT_EQ(overloads(now, {{"192.0.2.1", 200}}, false, demand(100), addresses),
            std::vector<std::string>());
  EXPECT_EQ(overloads(now, {{"192.0.2.1", 199}}, false, demand(100), addresses),
            (std::vector<std::string>{
                "192.0.2.1 would get 200 queries per second, over its capacity of 199"}));
  EXPECT_EQ(overloads(now, {{"192.0.2.1", 200}}, true, demand(100), addresses),
            (std::vector<std::string>{"192.0.2.1 would get 250 queries per second if check two "
                                      "failed, over its capacity of 200"}));
}

TEST_F(TwoEndpointsTest, TellsWhatIsUnservedWhileAnEndpointWithoutACheckFails) {
  model::RecordGroup unchecked;
  unchecked.type = RRType::kA;
  unchecked.sets = {testing::weighted("one", 1, "192.0.2.1"),
                    testing::weighted("two", 1, "192.0.2.2", "two")};
  const Impact found = impact_of(BatchBuilder().group(kApex, owner(1), unchecked).batch());
  EXPECT_TRUE(found.answers.empty()) << "while all is well, nobody gets another answer";
  WhatIf before({config_, seen_, *compiler_.table()});
  WhatIf after({after_, seen_, *preview_.table});
  const Failures failed = failures(before, after, found.answers, clients_, addresses);
  std::map<std::string, std::pair<double, double>> unserved;
  for (const FailureImpact& failure : failed.answers)
    unserved[failure.what] = {failure.unserved_before, failure.unserved_after};
  EXPECT_EQ(unserved, (std::map<std::string, std::pair<double, double>>{{"check one", {0, 0.5}}}));

  const Impact moved =
      impact_of(BatchBuilder().simple(kApex, owner(1), RRType::kA, {"192.0.2.1"}).batch());
  WhatIf then({after_, seen_, *preview_.table});
  const Failures alone = failures(before, then, moved.answers, clients_, addresses);
  ASSERT_EQ(alone.answers.size(), 3u);
  EXPECT_EQ(alone.answers[2].what, "endpoint 192.0.2.1");
  EXPECT_EQ(alone.answers[2].unserved_before, 0.5);
  EXPECT_EQ(alone.answers[2].unserved_after, 1);
}

TEST_F(TwoEndpointsTest, FailsARegionWithAllOfItsChecks) {
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = {testing::alias("eu", model::Latency(model::LatencyFields{"eu-central-1"}), kApex,
                               owner(1), true),
                testing::routed("us", model::Latency(model::LatencyFields{"us-east-1"}),
                                "192.0.2.3", "three")};
  apply(BatchBuilder().check("three").group(kApex, owner(2), group).batch());
  const Side now{config_, seen_, *compiler_.table()};
  Outages outages;
  add_outages(now, groups_behind(now, name(owner(2)), RRType::kA), RRType::kA, outages);
  EXPECT_EQ(outages["region eu-central-1"].checks, (std::set<std::string>{"one", "two"}));
  EXPECT_EQ(outages["region eu-central-1"].records,
            (std::set<std::string>{"192.0.2.1", "192.0.2.2"}));
  EXPECT_EQ(outages["region us-east-1"].checks, std::set<std::string>{"three"});

  group.sets[1].rdata = {testing::rdata(RRType::kA, "192.0.2.4")};
  Impact found;
  found.answers.push_back({name(owner(2)), RRType::kA, {}});
  impact_of(BatchBuilder().group(kApex, owner(2), group).batch());
  WhatIf before({config_, seen_, *compiler_.table()});
  WhatIf after({after_, seen_, *preview_.table});
  const Failures failed = failures(before, after, found.answers, clients_, addresses);
  ASSERT_EQ(failed.answers.size(), 4u);
  EXPECT_EQ(failed.answers[3].what, "region eu-central-1");
  EXPECT_EQ(failed.answers[3].moved.before, (Shares{{endpoint("us", "192.0.2.3"), 1.0}}));
  EXPECT_EQ(failed.answers[3].moved.after, (Shares{{endpoint("us", "192.0.2.4"), 1.0}}));
}

TEST_F(TwoEndpointsTest, LeavesTheCompilerAsItWasAfterAPreview) {
  ids_.take_journal();
  impact_of(BatchBuilder().simple(kApex, owner(2), RRType::kA, {"192.0.2.3", "192.0.2.4"}).batch());
  const IdRegistry::Journal journal = ids_.take_journal();
  EXPECT_TRUE(journal.assigned.empty());
  EXPECT_TRUE(journal.released.empty());
  const model::AnswerTablePtr before = compiler_.table();
  const CompiledTable unchanged = compiler_.compile_health(config_, seen_, {"one"});
  EXPECT_TRUE(unchanged.change.names.empty());
  EXPECT_EQ(unchanged.table->nodes.size(), before->nodes.size());
}

}  // namespace
}  // namespace signpost::policy
