// Traffic policy documents: the trees they stand for, and what they warn about.
#include "policy/traffic_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/config_builder.h"
#include "tests/unit/policy/traffic_policy_documents.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::FailoverRole;
using model::RecordGroup;
using model::RecordGroupPtr;
using model::RecordSet;
using testing::document_of;
using ::testing::ElementsAre;
using testing::expanded;
using ::testing::HasSubstr;
using testing::kTwoEndpoints;
using testing::policy_of;
using testing::rule_document;

const RecordSet& set_of(const RecordGroup& group, const std::string& id) {
  for (const RecordSet& set : group.sets)
    if (set.set_identifier == id) return set;
  ADD_FAILURE() << "no set " << id;
  static const auto* const none = new RecordSet;
  return *none;
}

std::vector<std::string> identifiers(const RecordGroup& group) {
  std::vector<std::string> found;
  for (const RecordSet& set : group.sets) found.push_back(set.set_identifier);
  return found;
}

constexpr const char* kOfficialExample =
    R"({"AWSPolicyFormatVersion":"2015-10-01","RecordType":"A","StartRule":"geo_restriction",
 "Endpoints":{"east_coast_lb1":{"Type":"elastic-load-balancer","Value":"elb-111111.us-east-1.elb.amazonaws.com"},
  "east_coast_lb2":{"Type":"elastic-load-balancer","Value":"elb-222222.us-east-1.elb.amazonaws.com"},
  "west_coast_lb1":{"Type":"elastic-load-balancer","Value":"elb-111111.us-west-1.elb.amazonaws.com"},
  "west_coast_lb2":{"Type":"elastic-load-balancer","Value":"elb-222222.us-west-1.elb.amazonaws.com"},
  "denied_message":{"Type":"s3-website","Region":"us-east-1","Value":"video.example.com"}},
 "Rules":{"geo_restriction":{"RuleType":"geo","Locations":[
   {"EndpointReference":"denied_message","IsDefault":true},
   {"RuleReference":"region_selector","Country":"US"}]},
  "region_selector":{"RuleType":"latency","Regions":[
   {"Region":"us-east-1","RuleReference":"east_coast_region"},
   {"Region":"us-west-1","RuleReference":"west_coast_region"}]},
  "east_coast_region":{"RuleType":"failover","Primary":{"EndpointReference":"east_coast_lb1"},
   "Secondary":{"EndpointReference":"east_coast_lb2"}},
  "west_coast_region":{"RuleType":"failover","Primary":{"EndpointReference":"west_coast_lb1"},
   "Secondary":{"EndpointReference":"west_coast_lb2"}}}})";

TEST(TrafficPolicy, MakesTheTreeOfTheOfficialExample) {
  const RecordGroupPtr root = expanded(kOfficialExample);
  ASSERT_THAT(identifiers(*root), ElementsAre("denied_message", "region_selector"));
  ASSERT_TRUE(root->instance);
  EXPECT_EQ(*root->instance, (model::TrafficPolicyInstance{"p", 3, 30}));
  const RecordSet& denied = set_of(*root, "denied_message");
  EXPECT_TRUE(std::get<model::Geolocation>(denied.policy)->is_default());
  EXPECT_EQ(denied.alias->name.text(), "s3-website-us-east-1.amazonaws.com.");
  EXPECT_TRUE(denied.alias->external);
  EXPECT_FALSE(denied.alias->evaluate_target_health);

  const RecordSet& us = set_of(*root, "region_selector");
  EXPECT_EQ(std::get<model::Geolocation>(us.policy)->country, "US");
  EXPECT_FALSE(us.alias->evaluate_target_health);
  const RecordGroup& regions = *us.alias->tree;
  ASSERT_THAT(identifiers(regions), ElementsAre("east_coast_region", "west_coast_region"));
  EXPECT_EQ(std::get<model::Latency>(regions.sets[1].policy)->region, "us-west-1");

  const RecordGroup& west = *regions.sets[1].alias->tree;
  const RecordSet& primary = set_of(west, "west_coast_lb1");
  EXPECT_EQ(std::get<model::Failover>(primary.policy).role, FailoverRole::kPrimary);
  EXPECT_EQ(primary.alias->name.text(), "elb-111111.us-west-1.elb.amazonaws.com.");
  EXPECT_TRUE(primary.alias->evaluate_target_health);
  EXPECT_TRUE(set_of(west, "west_coast_lb2").alias->evaluate_target_health);
  EXPECT_FALSE(west.instance);
}

TEST(TrafficPolicy, StartsAtAnEndpointToo) {
  const RecordGroupPtr group =
      expanded(document_of(absl::StrCat(R"("StartEndpoint":"two",)", kTwoEndpoints)), 77);
  ASSERT_EQ(group->sets.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<model::Simple>(group->sets[0].policy));
  EXPECT_EQ(group->sets[0].set_identifier, "");
  EXPECT_THAT(group->sets[0].rdata, ElementsAre(signpost::testing::rdata(RRType::kA, "192.0.2.2")));
  EXPECT_EQ(group->sets[0].ttl, 77u);
  EXPECT_TRUE(group->instance);
}

TEST(TrafficPolicy, TakesScalarsAsStringsAndAsNatives) {
  const std::string strings = rule_document(
      R"({"RuleType":"geoproximity","GeoproximityLocations":[
          {"EndpointReference":"one","Latitude":"51.50","Longitude":"-0.16","Bias":"-99",
           "EvaluateTargetHealth":"true"},
          {"EndpointReference":"two","Region":"aws:route53:us-west-1","Bias":"7"}]})");
  const std::string natives = rule_document(
      R"({"RuleType":"geoproximity","GeoproximityLocations":[
          {"EndpointReference":"one","Latitude":51.50,"Longitude":-0.16,"Bias":-99,
           "EvaluateTargetHealth":true},
          {"EndpointReference":"two","Region":"aws:route53:us-west-1","Bias":7}]})");
  EXPECT_EQ(*expanded(strings), *expanded(natives));
  const RecordGroupPtr group = expanded(natives);
  const auto& london = *std::get<model::Geoproximity>(group->sets[0].policy);
  EXPECT_EQ(london, (model::GeoproximityFields{"", {51.5, -0.16}, -99}));
  const auto& west = *std::get<model::Geoproximity>(group->sets[1].policy);
  EXPECT_EQ(west, (model::GeoproximityFields{"us-west-1", {}, 7}));

  const auto weighted = [](const std::string& weight) {
    return rule_document(absl::StrCat(
        R"({"RuleType":"weighted","Items":[{"EndpointReference":"one","Weight":)", weight, "}]}"));
  };
  EXPECT_EQ(*expanded(weighted("3")), *expanded(weighted("\"3\"")));
}

TEST(TrafficPolicy, ReadsTheLocationsOfFormat2023) {
  const RecordGroupPtr group = expanded(rule_document(
      R"({"RuleType":"geoproximity","GeoproximityLocations":[
        {"EndpointReference":"one","Location":{"Type":"LocalZone","LocationName":"aws:route53:us-east-1-atl-1a"}},
        {"EndpointReference":"one","Location":{"Type":"Region","LocationName":"aws:route53:eu-west-1"},"Bias":"5"},
        {"EndpointReference":"two","Location":{"Type":"Coordinate","Latitude":"1.5","Longitude":"-180"}}]})",
      "2023-05-09"));
  const auto fields = [&](const std::string& id) {
    return *std::get<model::Geoproximity>(set_of(*group, id).policy);
  };
  EXPECT_EQ(fields("one"), (model::GeoproximityFields{"us-east-1-atl-1", {}, 0}));
  EXPECT_EQ(fields("one #2"), (model::GeoproximityFields{"eu-west-1", {}, 5}));
  EXPECT_EQ(fields("two"), (model::GeoproximityFields{"", {1.5, -180}, 0}));
}

TEST(TrafficPolicy, KeepsHealthChecksAndSeveralRecordsOfAnEndpoint) {
  const RecordGroupPtr group = expanded(document_of(
      R"("StartRule":"r","Endpoints":{"e":{"Type":"value","Value":["192.0.2.1","192.0.2.2"]}},
         "Rules":{"r":{"RuleType":"multivalue","Items":[{"EndpointReference":"e","HealthCheck":"c"}]}})"));
  EXPECT_EQ(group->sets[0].rdata.size(), 2u);
  EXPECT_EQ(group->sets[0].health_check_id, "c");
  EXPECT_TRUE(std::holds_alternative<model::Multivalue>(group->sets[0].policy));
}

TEST(TrafficPolicy, GivesItemsOfOneTargetDistinctIdentifiersEvenIfIdsLookLikeThem) {
  const RecordGroupPtr group = expanded(document_of(
      R"("StartRule":"r","Endpoints":{"e":{"Type":"value","Value":"192.0.2.1"},
                                      "e #2":{"Type":"value","Value":"192.0.2.2"}},
         "Rules":{"r":{"RuleType":"weighted","Items":[
           {"EndpointReference":"e","Weight":1},{"EndpointReference":"e #2","Weight":2},
           {"EndpointReference":"e","Weight":3}]}})"));
  EXPECT_THAT(identifiers(*group), ElementsAre("e", "e #2", "e #3"));
  EXPECT_EQ(std::get<model::Weighted>(group->sets[2].policy).weight, 3);
}

TEST(TrafficPolicy, SharesTheGroupOfARuleThatSeveralReferTo) {
  const RecordGroupPtr group = expanded(document_of(absl::StrCat(
      R"("StartRule":"a",)", kTwoEndpoints,
      R"(,"Rules":{"a":{"RuleType":"weighted","Items":[{"RuleReference":"b","Weight":1},
                                                       {"RuleReference":"b","Weight":2}]},
                   "b":{"RuleType":"weighted","Items":[{"EndpointReference":"one","Weight":1}]}})")));
  EXPECT_EQ(group->sets[0].alias->tree, group->sets[1].alias->tree);
}

TEST(TrafficPolicy, TakesEveryKindOfAwsEndpointForAnExternalAlias) {
  for (const char* type : {"cloudfront", "application-load-balancer", "elastic-load-balancer",
                           "network-load-balancer", "elastic-beanstalk"}) {
    const RecordGroupPtr group =
        expanded(document_of(absl::StrCat(R"("StartEndpoint":"e","Endpoints":{"e":{"Type":")", type,
                                          R"(","Value":"LB.example.net"}})")));
    ASSERT_TRUE(group->sets[0].alias) << type;
    EXPECT_TRUE(group->sets[0].alias->external);
    EXPECT_EQ(group->sets[0].alias->name.text(), "lb.example.net.");
    EXPECT_EQ(group->sets[0].ttl, 0u);
  }
}

TEST(TrafficPolicy, KnowsRegionsAndHealthChecksOfTheConfiguration) {
  model::Config config =
      signpost::testing::applied({}, signpost::testing::BatchBuilder().check("c").batch());
  config.regions.set("my-site", model::Coordinates{50, 8});
  const auto refused = [&](const std::string& region, const std::string& check) {
    const absl::Status status = check_traffic_policy(
        policy_of(rule_document(absl::StrCat(
            R"({"RuleType":"latency","Regions":[{"EndpointReference":"one","Region":")", region,
            R"(","HealthCheck":")", check, "\"}]}"))),
        config);
    return std::string(status.message());
  };
  EXPECT_EQ(refused("us-east-1", "c"), "");
  EXPECT_EQ(refused("my-site", "c"), "");
  EXPECT_EQ(refused("xx-fake-1", "c"),
            "traffic policy p/3: InvalidTrafficPolicyDocument: Rules.r.Regions[0]: Cannot find "
            "region 'xx-fake-1'. No changes made.");
  EXPECT_EQ(refused("us-east-1", "d"),
            "traffic policy p/3: InvalidTrafficPolicyDocument: Rules.r.Regions[0].HealthCheck: "
            "health check d does not exist; define it under health_checks");
}

TEST(TrafficPolicy, ChecksIdVersionNameAndComment) {
  const auto refused = [](const auto& change) {
    model::TrafficPolicy policy = policy_of(kOfficialExample);
    change(policy);
    return std::string(check_traffic_policy(policy).message());
  };
  EXPECT_EQ(refused([](auto&) {}), "");
  EXPECT_THAT(refused([](auto& policy) { policy.id = "a/b"; }), HasSubstr("the id must have"));
  EXPECT_THAT(refused([](auto& policy) { policy.id.clear(); }), HasSubstr("the id must have"));
  EXPECT_THAT(refused([](auto& policy) { policy.version = 0; }),
              HasSubstr("versions begin with 1"));
  EXPECT_THAT(refused([](auto& policy) { policy.name.assign(513, 'x'); }),
              HasSubstr("the name has more than 512"));
  EXPECT_THAT(refused([](auto& policy) { policy.comment.assign(1025, 'x'); }),
              HasSubstr("the comment has more than 1024"));
}

TEST(TrafficPolicy, WarnsAboutBranchesThatNeverBackOutAndWhatNothingLeadsTo) {
  EXPECT_THAT(traffic_policy_warnings(policy_of(kOfficialExample)),
              ElementsAre("Rules.geo_restriction.Locations[1]: without EvaluateTargetHealth the "
                          "branch is taken even while all of it is unhealthy",
                          "Rules.region_selector.Regions[0]: without EvaluateTargetHealth the "
                          "branch is taken even while all of it is unhealthy",
                          "Rules.region_selector.Regions[1]: without EvaluateTargetHealth the "
                          "branch is taken even while all of it is unhealthy"));
  EXPECT_THAT(
      traffic_policy_warnings(policy_of(document_of(absl::StrCat(
          R"("StartEndpoint":"one",)", kTwoEndpoints,
          R"(,"Rules":{"r":{"RuleType":"latency","Regions":[{"EndpointReference":"two","Region":"us-east-1"}]}})")))),
      ElementsAre("Rules.r: nothing leads to it", "Endpoints.two: nothing leads to it"));
}

}  // namespace
}  // namespace signpost::policy
