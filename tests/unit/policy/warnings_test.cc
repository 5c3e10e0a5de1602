// What an operator is warned about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"
#include "tests/unit/policy/traffic_policy_documents.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::FailoverRole;
using model::RecordSet;
using signpost::testing::alias;
using signpost::testing::failover;
using signpost::testing::routed;
using signpost::testing::weighted;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using BatchBuilder = signpost::testing::BatchBuilder;

constexpr const char* kApex = "example.com.";

class WarningsTest : public ::testing::Test {
 protected:
  WarningsTest() {
    config_ = signpost::testing::applied(
        {}, BatchBuilder()
                .zone(kApex, 1)
                .check("c")
                .check("d")
                .simple(kApex, "www.example.com.", RRType::kA, {"192.0.2.1"})
                .batch());
  }

  static model::RecordGroup group_of(model::RecordSets sets) {
    model::RecordGroup group;
    group.type = RRType::kA;
    group.sets = std::move(sets);
    return group;
  }
  // Applies the batch.
  std::vector<std::string> found(const model::ChangeBatch& batch) {
    config_ = signpost::testing::applied(config_, batch);
    return warnings(config_, batch);
  }
  std::vector<std::string> found(const std::string& owner, model::RecordSets sets) {
    return found(
        BatchBuilder().group(kApex, owner + ".example.com.", group_of(std::move(sets))).batch());
  }
  static RecordSet geo(const std::string& id, const std::string& country, std::uint32_t ttl = 60) {
    RecordSet set =
        routed(id, model::Geolocation(model::GeolocationFields{"", country, ""}), "192.0.2.1", "c");
    set.ttl = ttl;
    return set;
  }

  model::Config config_;
};

TEST_F(WarningsTest, TellAboutAMissingDefaultLocation) {
  EXPECT_THAT(found("x", {geo("a", "DE"), geo("b", "US")}),
              ElementsAre("x.example.com. A: there is no default location (\"*\"): clients "
                          "elsewhere get no answer"));
  EXPECT_THAT(found("x", {geo("a", "DE"), geo("b", "*")}), IsEmpty());

  auto collection = std::make_shared<model::CidrCollection>();
  *collection = {"k", "k", {{"l", {}}}};
  model::ChangeBatch batch;
  batch.changes.push_back(model::PutCidrCollection{std::move(collection)});
  EXPECT_THAT(found(batch), IsEmpty());
  const auto ip_based = [](const std::string& location) {
    return routed(location, model::IpBased(model::IpBasedFields{"k", location}), "192.0.2.1");
  };
  EXPECT_THAT(found("y", {ip_based("l")}),
              ElementsAre(HasSubstr("y.example.com. A: there is no default location")));
  EXPECT_THAT(found("y", {ip_based("*"), ip_based("l")}), IsEmpty());
}

TEST_F(WarningsTest, TellAboutDifferentTtls) {
  EXPECT_THAT(found("x", {geo("a", "DE", 300), geo("b", "*", 60)}),
              ElementsAre("x.example.com. A: its sets have different TTLs, 60, 300 s"));
  RecordSet longer = routed("b", model::Multivalue{}, "192.0.2.2", "c");
  longer.ttl = 90;
  EXPECT_THAT(found("y", {routed("a", model::Multivalue{}, "192.0.2.1", "c"), longer}),
              ElementsAre("y.example.com. A: its sets have different TTLs, 60, 90 s: an answer has "
                          "the lowest of its records"));
}

TEST_F(WarningsTest, TellAboutABranchThatCannotFailOverBecauseOfALeafWithoutACheck) {
  found("leaf", {weighted("a", 1, "192.0.2.1", "c"), weighted("b", 1, "192.0.2.2", "d")});
  const model::RecordSets above = {
      alias("p", model::Failover{FailoverRole::kPrimary}, kApex, "leaf.example.com.", true),
      failover("s", FailoverRole::kSecondary, "192.0.2.3")};
  EXPECT_THAT(found("x", above), IsEmpty());
  // The leaf changes: the branch above is what the operator must hear of.
  EXPECT_THAT(found("leaf", {weighted("a", 1, "192.0.2.1"), weighted("b", 1, "192.0.2.2", "d")}),
              ElementsAre("leaf.example.com. A: set a has no health check and is answered even "
                          "while its endpoint is down",
                          "x.example.com. A, set p: can't fail over: leaf.example.com. A, set a, "
                          "has no health check"));
  EXPECT_THAT(found("x", above),
              ElementsAre("x.example.com. A, set p: can't fail over: leaf.example.com. A, set a, "
                          "has no health check"));
}

TEST_F(WarningsTest, LookThroughAliasesOfAliases) {
  found("mid", {alias("", model::Simple{}, kApex, "www.example.com.", true)});
  EXPECT_THAT(found("x", {alias("a", model::Weighted{1}, kApex, "mid.example.com.", true),
                          weighted("b", 1, "192.0.2.1", "c")}),
              ElementsAre("x.example.com. A, set a: can't fail over: www.example.com. A, has no "
                          "health check"));
  EXPECT_THAT(found("x", {alias("a", model::Weighted{1}, kApex, "mid.example.com.", true, "d"),
                          weighted("b", 1, "192.0.2.1", "c")}),
              IsEmpty());
}

TEST_F(WarningsTest, TellAboutAnAliasThatIsAnsweredWhileItsTargetIsDown) {
  EXPECT_THAT(found("x", {alias("a", model::Weighted{1}, kApex, "www.example.com.", false),
                          weighted("b", 1, "192.0.2.1", "c")}),
              ElementsAre("x.example.com. A: set a is an alias without EvaluateTargetHealth and is "
                          "answered even while its target is down"));
}

TEST_F(WarningsTest, TellAboutAWeightThatIsNeverReached) {
  EXPECT_THAT(found("x", {alias("a", model::Weighted{1}, kApex, "www.example.com.", true),
                          weighted("z", 0, "192.0.2.1", "c")}),
              ElementsAre("x.example.com. A: set z of weight 0 is never answered: a set above 0 "
                          "can't fail",
                          HasSubstr("set a: can't fail over: www.example.com. A, has no")));
  EXPECT_THAT(found("x", {weighted("a", 0, "192.0.2.1"), weighted("z", 0, "192.0.2.2")}),
              IsEmpty());
}

TEST_F(WarningsTest, TellWhatLeavesNothingToALastResortOrAClosedName) {
  RecordSet resort = weighted("r", 1, "192.0.2.9");
  resort.last_resort = true;
  EXPECT_THAT(found("x", {weighted("a", 1, "192.0.2.1", "c"), resort}), IsEmpty());
  EXPECT_THAT(found("x", {weighted("a", 1, "192.0.2.1"), resort}),
              ElementsAre("x.example.com. A: set r of last resort may never be answered: set a "
                          "can't fail"));
  const auto closed = [&](model::RecordSets sets) {
    model::RecordGroup group = group_of(std::move(sets));
    group.fail_mode = model::FailMode::kClosed;
    return found(BatchBuilder().group(kApex, "x.example.com.", group).batch());
  };
  EXPECT_THAT(closed({weighted("a", 1, "192.0.2.1", "c"), resort}),
              ElementsAre("x.example.com. A: it never fails closed: its last resort r has no "
                          "health check",
                          HasSubstr("after it failed closed, resolvers keep the empty answer for "
                                    "300 s, longer than its TTL of 60 s; lower the minimum of the "
                                    "SOA record of example.com.")));
}

TEST_F(WarningsTest, TellAboutALoneFailoverSet) {
  EXPECT_THAT(found("x", {failover("p", FailoverRole::kPrimary, "192.0.2.1", "c")}),
              ElementsAre("x.example.com. A: the only failover set can't fail over"));
}

TEST_F(WarningsTest, ListExternalAliases) {
  RecordSet set = alias("", model::Simple{}, ".", "lb.example.net.", false);
  model::AliasTarget target = *set.alias;
  target.external = true;
  set.alias = target;
  EXPECT_THAT(found("x", {set}),
              ElementsAre("x.example.com. A: alias to lb.example.net., which is in no zone held "
                          "and is resolved from outside"));
}

TEST_F(WarningsTest, NameEverySetThatARemovedHealthCheckLeavesUnchecked) {
  found("x", {weighted("a", 1, "192.0.2.1", "c"), weighted("b", 1, "192.0.2.2", "d")});
  found("y", {weighted("a", 1, "192.0.2.1", "c"), weighted("b", 1, "192.0.2.2", "c")});
  const model::ChangeBatch removal{{model::DeleteHealthCheck{"c"}}, "", ""};
  EXPECT_THAT(
      found(removal),
      ElementsAre("x.example.com. A: set a names the removed health check c and counts as healthy",
                  "y.example.com. A: set a names the removed health check c and counts as healthy",
                  "y.example.com. A: set b names the removed health check c and counts as "
                  "healthy"));
}

TEST_F(WarningsTest, LeaveOffWhatNobodyReads) {
  BatchBuilder many;
  for (int i = 0; i < 150; ++i) {
    many.group(kApex, absl::StrCat("n", i, ".example.com."),
               group_of({weighted("a", 1, "192.0.2.1", "c")}));
  }
  EXPECT_THAT(found(many.batch()), IsEmpty());
  const auto told = found(model::ChangeBatch{{model::DeleteHealthCheck{"c"}}, "", ""});
  EXPECT_EQ(told.size(), 101u);
  EXPECT_EQ(told.back(), "and 50 more of this kind");
}

TEST_F(WarningsTest, TellOfATrafficPolicyOnceAndNotOfItsInstances) {
  const auto policy = std::make_shared<const model::TrafficPolicy>(testing::policy_of(
      testing::document_of(absl::StrCat(R"("StartRule":"r",)", testing::kTwoEndpoints,
                                        R"(,"Rules":{"r":{"RuleType":"weighted","Items":[
                {"RuleReference":"places","Weight":1},
                {"EndpointReference":"one","Weight":1,"HealthCheck":"c"}]},
              "places":{"RuleType":"geo","Locations":[
                {"EndpointReference":"two","Country":"US","HealthCheck":"c"}]}})"))));
  model::ChangeBatch batch;
  batch.changes.push_back(model::PutTrafficPolicy{policy});
  for (const char* owner : {"i.example.com.", "j.example.com."}) {
    batch.changes.push_back(model::PutGroup{signpost::testing::name(kApex),
                                            signpost::testing::name(owner),
                                            expand_traffic_policy(*policy, 60).value()});
  }
  EXPECT_THAT(found(batch),
              ElementsAre("traffic policy p/3: Rules.r.Items[0]: without EvaluateTargetHealth the "
                          "branch is taken even while all of it is unhealthy",
                          "traffic policy p/3: set places is an alias without "
                          "EvaluateTargetHealth and is answered even while its target is down",
                          "traffic policy p/3, places: there is no default location (\"*\"): "
                          "clients elsewhere get no answer"));
  EXPECT_THAT(found(model::ChangeBatch{{model::DeleteHealthCheck{"c"}}, "", ""}),
              ElementsAre(HasSubstr("i.example.com. A: set one names the removed health check c"),
                          HasSubstr("j.example.com. A: set one names the removed health check c")));
}

}  // namespace
}  // namespace signpost::policy
