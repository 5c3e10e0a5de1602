#include "policy/validate.h"

#include <gtest/gtest.h>

#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::FailoverRole;
using testing::BatchBuilder;
using testing::failover;
using testing::weighted;

const model::Config& base() {
  static const model::Config config = testing::applied(
      {}, BatchBuilder()
              .zone("example.com.", 1)
              .check("c")
              .simple("example.com.", "www.example.com.", RRType::kA, {"192.0.2.1"})
              .simple("example.com.", "alias.example.com.", RRType::kCname, {"www.example.com."})
              .batch());
  return config;
}

model::RecordGroup group_of(model::RecordSets sets, RRType type = RRType::kA) {
  model::RecordGroup group;
  group.type = type;
  group.sets = std::move(sets);
  return group;
}

std::string refusal(const BatchBuilder& batch) {
  const auto after = apply_batch(base(), batch.batch());
  return after.ok() ? "accepted" : std::string(after.status().message());
}

TEST(Validate, RefusesACnameBesideOtherRecordsInRoute53sWords) {
  EXPECT_EQ(refusal(BatchBuilder().simple("example.com.", "www.example.com.", RRType::kCname,
                                          {"x.example.com."})),
            "RRSet of type CNAME with DNS name www.example.com. is not permitted as it conflicts "
            "with other records "
            "with the same DNS name in zone example.com.");
  EXPECT_EQ(refusal(BatchBuilder().simple("example.com.", "alias.example.com.", RRType::kA,
                                          {"192.0.2.1"})),
            "RRSet of type A with DNS name alias.example.com. is not permitted because a "
            "conflicting RRSet of type "
            "CNAME with the same DNS name already exists in zone example.com.");
  EXPECT_EQ(refusal(BatchBuilder().simple("example.com.", "example.com.", RRType::kCname,
                                          {"x.example.com."})),
            "RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone "
            "example.com.");
}

TEST(Validate, LooksAtTheFinalStateOfABatch) {
  EXPECT_EQ(refusal(BatchBuilder()
                        .remove("example.com.", "alias.example.com.", RRType::kCname)
                        .simple("example.com.", "alias.example.com.", RRType::kA, {"192.0.2.1"})),
            "accepted");
}

TEST(Validate, RefusesAnOwnerOutsideItsZone) {
  EXPECT_EQ(
      refusal(BatchBuilder().simple("example.com.", "www.example.net.", RRType::kA, {"192.0.2.1"})),
      "RRSet with DNS name www.example.net. is not permitted in zone example.com.");
}

TEST(Validate, RefusesAHealthCheckOnASimpleSet) {
  model::RecordSet set = weighted("", 0, "192.0.2.1", "c");
  set.policy = model::Simple{};
  EXPECT_EQ(refusal(BatchBuilder().group("example.com.", "x.example.com.", group_of({set}))),
            "DNS name must have alternate ResourceRecordSet responses configured via a routing "
            "policy (e.g., Weight, "
            "Region, etc.) if a health check is attached. No changes made.");
}

TEST(Validate, RefusesAnUnknownHealthCheck) {
  EXPECT_EQ(refusal(BatchBuilder().group("example.com.", "x.example.com.",
                                         group_of({weighted("a", 1, "192.0.2.1", "nope")}))),
            "RRSet with DNS name x.example.com., type A, SetIdentifier a: health check nope does "
            "not exist; define it "
            "under health_checks");
}

TEST(Validate, RefusesMixedPoliciesAndDifferentTtlsAmongWeightedSets) {
  EXPECT_EQ(refusal(BatchBuilder().group(
                "example.com.", "x.example.com.",
                group_of({weighted("a", 1, "192.0.2.1"),
                          failover("b", FailoverRole::kPrimary, "192.0.2.2", "c")}))),
            "RRSet with DNS name x.example.com., type A, SetIdentifier b cannot be created as a "
            "non-failover set "
            "exists with the same name and type.");
  model::RecordSet longer = weighted("b", 1, "192.0.2.2");
  longer.ttl = 61;
  EXPECT_EQ(refusal(BatchBuilder().group("example.com.", "x.example.com.",
                                         group_of({weighted("a", 1, "192.0.2.1"), longer}))),
            "RRSet with DNS name x.example.com., type A, SetIdentifier b cannot be created as "
            "weighted sets must "
            "contain the same TTL.");
}

TEST(Validate, RefusesAPrimaryWithoutHealthCheckAndTwoOfOneRole) {
  EXPECT_EQ(
      refusal(BatchBuilder().group("example.com.", "x.example.com.",
                                   group_of({failover("p", FailoverRole::kPrimary, "192.0.2.1")}))),
      "A non-alias primary ResourceRecordSet must have an associated health check. No changes "
      "made.");
  EXPECT_EQ(refusal(BatchBuilder().group(
                "example.com.", "x.example.com.",
                group_of({failover("s1", FailoverRole::kSecondary, "192.0.2.1"),
                          failover("s2", FailoverRole::kSecondary, "192.0.2.2")}))),
            "RRSet with DNS name x.example.com., type A, SetIdentifier s2 cannot be created "
            "because a SECONDARY "
            "failover RRSet with the same name and type already exists.");
}

TEST(Validate, RefusesAPolicyOnNameServers) {
  EXPECT_EQ(refusal(BatchBuilder().group(
                "example.com.", "x.example.com.",
                group_of({weighted("a", 1, "ns.example.com.", "", RRType::kNs)}, RRType::kNs))),
            "RRSet with DNS name x.example.com., type NS, SetIdentifier a cannot be created "
            "because this type of RRSet "
            "is not supported.");
}

TEST(Validate, KeepsTheSoaAndTheNameServersOfAZone) {
  EXPECT_EQ(refusal(BatchBuilder().remove("example.com.", "example.com.", RRType::kSoa)),
            "A HostedZone must contain exactly one SOA record.");
  EXPECT_EQ(refusal(BatchBuilder().remove("example.com.", "example.com.", RRType::kNs)),
            "A HostedZone must contain at least one NS record for the zone itself.");
}

TEST(Validate, RefusesDuplicateRecordsAndTooManyValues) {
  EXPECT_EQ(refusal(BatchBuilder().simple("example.com.", "x.example.com.", RRType::kA,
                                          {"192.0.2.1", "192.0.2.1"})),
            "Duplicate Resource Record: '192.0.2.1'");
  std::vector<std::string> values;
  for (int i = 0; i < 401; ++i)
    values.push_back("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
  EXPECT_EQ(refusal(BatchBuilder().simple("example.com.", "x.example.com.", RRType::kA, values)),
            "Cannot have more than 400 records in a RRSet.");
}

TEST(Validate, ListsAllProblemsOfABatchInItsOrder) {
  EXPECT_EQ(refusal(BatchBuilder()
                        .simple("example.com.", "www.example.net.", RRType::kA, {"192.0.2.1"})
                        .simple("example.com.", "x.example.com.", RRType::kA,
                                {"192.0.2.1", "192.0.2.1"})),
            "[RRSet with DNS name www.example.net. is not permitted in zone example.com., "
            "Duplicate Resource Record: "
            "'192.0.2.1']");
}

TEST(Validate, RefusesChangesToWhatDoesNotExist) {
  EXPECT_EQ(refusal(BatchBuilder().delete_zone("example.net.")),
            "No hosted zone found with name example.net.");
  EXPECT_EQ(
      refusal(BatchBuilder().remove("example.com.", "x.example.com.", RRType::kA)),
      "Tried to delete resource record set [name='x.example.com.', type='A'] but it was not found");
}

TEST(Validate, RaisesTheGenerationAndLeavesTheOldConfigurationAlone) {
  const auto after = apply_batch(
      base(), BatchBuilder().remove("example.com.", "www.example.com.", RRType::kA).batch());
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->generation, base().generation + 1);
  EXPECT_NE((*base().zones.find(testing::name("example.com.")))
                ->group(testing::name("www.example.com."), RRType::kA),
            nullptr);
}

TEST(Warnings, TellAboutASetThatCannotFail) {
  const auto batch = BatchBuilder().group(
      "example.com.", "x.example.com.",
      group_of({weighted("a", 1, "192.0.2.1", "c"), weighted("b", 1, "192.0.2.2"),
                weighted("z", 0, "192.0.2.3", "c")}));
  EXPECT_EQ(warnings(testing::applied(base(), batch.batch()), batch.batch()),
            (std::vector<std::string>{"x.example.com. A: set z of weight 0 is never answered: a "
                                      "set above 0 has no health check",
                                      "x.example.com. A: set b has no health check and is answered "
                                      "even while its endpoint is down"}));
}

}  // namespace
}  // namespace signpost::policy
