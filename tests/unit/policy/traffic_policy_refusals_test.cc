// What is refused in traffic policy documents, and with which path.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/unit/policy/traffic_policy_documents.h"

namespace signpost::policy {
namespace {

using testing::document_of;
using ::testing::HasSubstr;
using testing::kTwoEndpoints;
using testing::refusal;
using testing::rule_document;

TEST(TrafficPolicyRefusals, KeepsEveryFormatToItsOwnSpellingOfLocations) {
  EXPECT_EQ(refusal(rule_document(R"({"RuleType":"geoproximity","GeoproximityLocations":[
                {"EndpointReference":"one","Region":"aws:route53:us-west-1"}]})",
                                  "2023-05-09")),
            "Rules.r.GeoproximityLocations[0].Region: unknown in an item of this rule type");
  EXPECT_EQ(refusal(rule_document(R"({"RuleType":"geoproximity","GeoproximityLocations":[
                {"EndpointReference":"one","Location":{"Type":"Region","LocationName":"x"}}]})")),
            "Rules.r.GeoproximityLocations[0].Location: unknown in an item of this rule type");
}

TEST(TrafficPolicyRefusals, TellsThePathOfWhatIsWrong) {
  const auto weighted = [](const std::string& item) {
    return rule_document(absl::StrCat(R"({"RuleType":"weighted","Items":[)", item, "]}"));
  };
  EXPECT_EQ(refusal(weighted(R"({"EndpointReference":"one","Weight":256})")),
            "Rules.r.Items[0].Weight: must be an integer from 0 to 255");
  EXPECT_EQ(refusal(weighted(R"({"EndpointReference":"one","Weight":1.5})")),
            "Rules.r.Items[0].Weight: must be an integer from 0 to 255");
  EXPECT_EQ(refusal(weighted(R"({"EndpointReference":"one"})")),
            "Rules.r.Items[0].Weight: missing");
  EXPECT_EQ(refusal(weighted(R"({"EndpointReference":"three","Weight":1})")),
            "Rules.r.Items[0].EndpointReference: there is no endpoint \"three\" under Endpoints");
  EXPECT_EQ(refusal(weighted(R"({"RuleReference":"s","Weight":1})")),
            "Rules.r.Items[0].RuleReference: there is no rule \"s\" under Rules");
  EXPECT_EQ(refusal(weighted(R"({"Weight":1})")),
            "Rules.r.Items[0]: needs exactly one of EndpointReference and RuleReference");
  EXPECT_EQ(refusal(weighted(R"({"EndpointReference":"one","Weight":1,"wieght":2})")),
            "Rules.r.Items[0].wieght: unknown in an item of this rule type");
  EXPECT_EQ(
      refusal(weighted(R"({"EndpointReference":"one","Weight":1,"EvaluateTargetHealth":"yes"})")),
      "Rules.r.Items[0].EvaluateTargetHealth: must be true or false");
  EXPECT_EQ(refusal(weighted("7")), "Rules.r.Items[0]: must be an object");
  EXPECT_EQ(refusal(rule_document(R"({"RuleType":"weighted","Items":[]})")),
            "Rules.r.Items: must be an array that is not empty");
  EXPECT_EQ(refusal(rule_document(R"({"RuleType":"random"})")),
            "Rules.r.RuleType: must be failover, geo, geoproximity, latency, multivalue or "
            "weighted");
  EXPECT_EQ(refusal(rule_document(R"({"RuleType":"latency","Regions":[
                {"EndpointReference":"one","Region":7}]})")),
            "Rules.r.Regions[0].Region: must be a string that is not empty");
}

TEST(TrafficPolicyRefusals, QuotesIdsThatAreNoWordsInPaths) {
  EXPECT_EQ(refusal(document_of(R"("StartRule":"a.b","Rules":{"a.b":{"RuleType":7}})")),
            "Rules[\"a.b\"].RuleType: must be failover, geo, geoproximity, latency, multivalue or "
            "weighted");
}

TEST(TrafficPolicyRefusals, RefusesWhatIsNoDocument) {
  EXPECT_EQ(refusal("[]"), "the document: must be an object");
  EXPECT_EQ(refusal("{\n  \"a\": 1,\n  oops\n}"), "line 3, column 3: not JSON: syntax error");
  EXPECT_THAT(refusal("{} x"), HasSubstr("line 1, column 4: not JSON"));
  EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
  EXPECT_THAT(refusal(std::string(40, '[')), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("{\"\xff\":1}"), HasSubstr("not JSON"));
  EXPECT_EQ(refusal(std::string(102'401, ' ')),
            "the document: has 102401 octets; at most 102400 are allowed");
  EXPECT_EQ(refusal(document_of(R"("StartRule":"r","Rules":{"r":{},"r":{}})")),
            "Rules.r: is there twice");
}

TEST(TrafficPolicyRefusals, RefusesAWrongFrameAroundTheRules) {
  EXPECT_EQ(refusal(R"({"AWSPolicyFormatVersion":"2016-01-01"})"),
            "AWSPolicyFormatVersion: must be \"2015-10-01\" or \"2023-05-09\"");
  EXPECT_EQ(refusal(R"({"RecordType":"A"})"), "AWSPolicyFormatVersion: missing");
  for (const char* type : {"NS", "SOA", "DS", "ANY", "NONSENSE"}) {
    EXPECT_EQ(refusal(absl::StrCat(R"({"AWSPolicyFormatVersion":"2015-10-01","RecordType":")", type,
                                   "\"}")),
              "RecordType: must be a record type that can have a routing policy, as A or AAAA");
  }
  EXPECT_EQ(refusal(document_of(kTwoEndpoints)),
            "the document: needs exactly one of StartRule and StartEndpoint");
  EXPECT_EQ(refusal(document_of(
                absl::StrCat(R"("StartRule":"r","StartEndpoint":"one",)", kTwoEndpoints))),
            "the document: needs exactly one of StartRule and StartEndpoint");
  EXPECT_EQ(refusal(document_of(R"("StartRule":"r")")),
            "StartRule: there is no rule \"r\" under Rules");
  EXPECT_EQ(refusal(document_of(R"("StartEndpoint":"e")")),
            "StartEndpoint: there is no endpoint \"e\" under Endpoints");
  EXPECT_THAT(refusal(document_of(R"("StartRule":"r","Comment":"x")")),
              HasSubstr("Comment: unknown; allowed here are AWSPolicyFormatVersion, "));
}

TEST(TrafficPolicyRefusals, RefusesEndpointsThatCannotAnswer) {
  const auto endpoint = [](const std::string& json) {
    return refusal(
        document_of(absl::StrCat(R"("StartEndpoint":"e","Endpoints":{"e":)", json, "}")));
  };
  EXPECT_THAT(endpoint(R"({"Type":"value","Value":"192.0.2"})"),
              HasSubstr("Endpoints.e.Value: Invalid Resource Record: 'FATAL problem: "
                        "ARRDATAIllegalIPv4Address"));
  EXPECT_EQ(endpoint(R"({"Type":"value","Value":[]})"), "Endpoints.e.Value: has no records");
  EXPECT_EQ(endpoint(R"({"Type":"value","Value":["192.0.2.1","192.0.2.1"]})"),
            "Endpoints.e.Value[1]: Duplicate Resource Record: '192.0.2.1'");
  EXPECT_EQ(endpoint(R"({"Type":"value","Value":"192.0.2.1","Region":"us-east-1"})"),
            "Endpoints.e.Region: is only for endpoints of type s3-website");
  EXPECT_EQ(endpoint(R"({"Type":"s3-website","Value":"bucket"})"), "Endpoints.e.Region: missing");
  EXPECT_EQ(endpoint(R"({"Type":"cloudfront"})"), "Endpoints.e.Value: missing");
  EXPECT_THAT(endpoint(R"({"Type":"cloudfront","Value":"a..b"})"),
              HasSubstr("Endpoints.e.Value: "));
  EXPECT_THAT(endpoint(R"({"Type":"lambda","Value":"x"})"),
              HasSubstr("Endpoints.e.Type: must be value, cloudfront, "));
}

TEST(TrafficPolicyRefusals, RefusesLocationsThatDoNotExistOrAreThereTwice) {
  const auto geo = [](const std::string& items) {
    return refusal(rule_document(absl::StrCat(R"({"RuleType":"geo","Locations":[)", items, "]}")));
  };
  EXPECT_EQ(geo(R"({"EndpointReference":"one","Country":"ZZ"})"),
            "Rules.r.Locations[0]: Cannot find location: 'country = ZZ'. No changes made.");
  EXPECT_EQ(geo(R"({"EndpointReference":"one","Country":"CA","Subdivision":"ON"})"),
            "Rules.r.Locations[0]: Cannot find location: 'country = CA subdivision = ON'. No "
            "changes made.");
  EXPECT_EQ(geo(R"({"EndpointReference":"one","Continent":"EU","Country":"DE"})"),
            "Rules.r.Locations[0]: a continent can't be combined with a country or a subdivision");
  EXPECT_EQ(geo(R"({"EndpointReference":"one"})"),
            "Rules.r.Locations[0]: needs a continent, a country, or a country and its subdivision; "
            "country \"*\" is the default");
  EXPECT_EQ(geo(R"({"EndpointReference":"one","IsDefault":"true","Country":"US"})"),
            "Rules.r.Locations[0].IsDefault: the default location has no other");
  EXPECT_EQ(geo(R"({"EndpointReference":"one","IsDefault":false,"Country":"*"})"),
            "Rules.r.Locations[0].IsDefault: must be true for Country \"*\"");
  EXPECT_THAT(geo(R"({"EndpointReference":"one","IsDefault":true},
                     {"EndpointReference":"two","Country":"*"})"),
              HasSubstr("Rules.r.Locations[1]: the item, and routing to [country = *} cannot be "
                        "created because a GEO RRSet"));
  EXPECT_EQ(geo(R"({"EndpointReference":"one","Country":"US","Subdivision":"CA"},
                   {"EndpointReference":"two","Country":"US"},
                   {"EndpointReference":"two","IsDefault":false,"Continent":"NA"})"),
            "accepted");
}

TEST(TrafficPolicyRefusals, RefusesCoordinatesOutOfRangeOrTooFine) {
  const auto at = [](const std::string& latitude, const std::string& longitude) {
    return refusal(rule_document(absl::StrCat(
        R"({"RuleType":"geoproximity","GeoproximityLocations":[{"EndpointReference":"one",)",
        R"("Latitude":)", latitude, R"(,"Longitude":)", longitude, "}]}")));
  };
  const std::string path = "Rules.r.GeoproximityLocations[0].";
  EXPECT_EQ(at("90.01", "0"), path + "Latitude: must be from -90 to 90");
  EXPECT_EQ(at("0", "\"-180.01\""), path + "Longitude: must be from -180 to 180");
  EXPECT_EQ(at("0.123", "0"), path + "Latitude: must not have more than two decimals");
  EXPECT_EQ(at("\"0.500\"", "0"), path + "Latitude: must not have more than two decimals");
  EXPECT_EQ(at("1e1", "0"), path + "Latitude: must be degrees, for example 51.50");
  EXPECT_EQ(at("\"\"", "0"), path + "Latitude: must be degrees, for example 51.50");
  EXPECT_EQ(at("-90", "180"), "accepted");
}

TEST(TrafficPolicyRefusals, HoldsFailoverToRoute53sRules) {
  const auto failover = [](const std::string& members) {
    return refusal(document_of(absl::StrCat(
        R"("StartRule":"r","Endpoints":{"v":{"Type":"value","Value":"192.0.2.1"},
           "lb":{"Type":"cloudfront","Value":"d.example.net"}},
           "Rules":{"r":{"RuleType":"failover",)",
        members, "}}")));
  };
  EXPECT_EQ(failover(R"("Primary":{"EndpointReference":"v"})"),
            "Rules.r.Primary: A non-alias primary ResourceRecordSet must have an associated health "
            "check. No changes made.");
  EXPECT_EQ(failover(R"("Primary":{"EndpointReference":"lb","EvaluateTargetHealth":false})"),
            "Rules.r.Primary: the item cannot be a primary without EvaluateTargetHealth set to "
            "true or an associated health check as a secondary would never be returned.");
  EXPECT_EQ(failover(R"("Primary":{"EndpointReference":"v","HealthCheck":"c"},
                        "Secondary":{"EndpointReference":"lb"})"),
            "accepted");
  EXPECT_EQ(failover(R"("Tertiary":{})"),
            "Rules.r.Tertiary: unknown; allowed here are RuleType, Primary, Secondary");
}

TEST(TrafficPolicyRefusals, RefusesAliasesAndBranchesUnderMultivalue) {
  EXPECT_EQ(refusal(document_of(
                R"("StartRule":"r","Endpoints":{"lb":{"Type":"cloudfront","Value":"d.example.net"}},
         "Rules":{"r":{"RuleType":"multivalue","Items":[{"EndpointReference":"lb"}]}})")),
            "Rules.r.Items[0]: Multivalue answer rrset should not be an alias rrset. No changes "
            "made.");
  EXPECT_THAT(
      refusal(rule_document(R"({"RuleType":"multivalue","Items":[{"RuleReference":"r"}]})")),
      HasSubstr("Rules.r.Items[0].RuleReference: unknown; allowed here are"));
}

// `count` rules, each of which leads to the next by `ways` items.
std::string chain(int count, int ways) {
  std::string rules;
  for (int i = 0; i < count; ++i) {
    std::string items;
    for (int way = 0; way < ways; ++way) {
      absl::StrAppend(&items, way == 0 ? "" : ",", R"({"Weight":1,)",
                      i + 1 < count ? absl::StrCat(R"("RuleReference":"r)", i + 1, "\"")
                                    : R"("EndpointReference":"one")",
                      "}");
    }
    absl::StrAppend(&rules, i == 0 ? "" : ",", "\"r", i, R"(":{"RuleType":"weighted","Items":[)",
                    items, "]}");
  }
  return document_of(
      absl::StrCat(R"("StartRule":"r0",)", kTwoEndpoints, ",\"Rules\":{", rules, "}"));
}

TEST(TrafficPolicyRefusals, NestsSixteenRulesAndNoMore) {
  EXPECT_EQ(refusal(chain(16, 1)), "accepted");
  EXPECT_EQ(refusal(chain(17, 1)), "Rules.r0: more than 16 rules one below another");
  EXPECT_THAT(refusal(chain(1000, 1)), HasSubstr("more than 16 rules one below another"));
  EXPECT_EQ(refusal(chain(12, 2)), "accepted");
  EXPECT_EQ(refusal(chain(13, 2)), "Rules.r0: more than 4096 ways to an endpoint");
  EXPECT_EQ(refusal(chain(16, 90)), "Rules.r0: more than 4096 ways to an endpoint");
}

TEST(TrafficPolicyRefusals, RefusesCyclesWithTheirPath) {
  const std::string item = R"({"RuleType":"weighted","Items":[{"Weight":1,"RuleReference":")";
  EXPECT_EQ(
      refusal(document_of(absl::StrCat(R"("StartRule":"a","Rules":{"a":)", item, R"(b"}]},"b":)",
                                       item, R"(c"}]},"c":)", item, R"(b"}]}})"))),
      "Rules.c.Items[0].RuleReference: a cycle: b -> c -> b");
  EXPECT_EQ(
      refusal(document_of(absl::StrCat(R"("StartRule":"a","Rules":{"a":)", item, R"(a"}]}})"))),
      "Rules.a.Items[0].RuleReference: a cycle: a -> a");
}

TEST(TrafficPolicyRefusals, LimitsTheItemsOfARule) {
  std::string items;
  for (int i = 0; i < 101; ++i)
    absl::StrAppend(&items, i == 0 ? "" : ",", R"({"EndpointReference":"one","Weight":1})");
  EXPECT_EQ(
      refusal(rule_document(absl::StrCat(R"({"RuleType":"weighted","Items":[)", items, "]}"))),
      "Rules.r.Items[100]: Exceeded limit on number of weighted RRSets for rule r, type A in "
      "this zone.");
}

}  // namespace
}  // namespace signpost::policy
