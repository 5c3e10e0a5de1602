// What the policies, aliases and collections of a batch must keep to, in Route 53's words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::FailoverRole;
using model::Geolocation;
using model::GeolocationFields;
using model::Geoproximity;
using model::GeoproximityFields;
using model::IpBased;
using model::IpBasedFields;
using model::Latency;
using model::LatencyFields;
using model::RecordSet;
using testing::BatchBuilder;
using ::testing::HasSubstr;
using testing::name;
using testing::routed;
using testing::weighted;

constexpr const char* kApex = "example.com.";
constexpr const char* kOwner = "x.example.com.";

model::Policy latency(const std::string& region) { return Latency(LatencyFields{region}); }
model::Policy country(const std::string& code, const std::string& subdivision = "") {
  return Geolocation(GeolocationFields{"", code, subdivision});
}
model::Policy continent(const std::string& code) {
  return Geolocation(GeolocationFields{code, "", ""});
}
model::Policy near(const std::string& region, int bias = 0) {
  return Geoproximity(GeoproximityFields{region, {}, bias});
}
model::Policy at(double latitude, double longitude, int bias = 0) {
  return Geoproximity(GeoproximityFields{"", {latitude, longitude}, bias});
}
model::Policy within(const std::string& collection, const std::string& location) {
  return IpBased(IpBasedFields{collection, location});
}

// A collection with the blocks of location "l".
model::Change put_collection(const std::string& id, const std::vector<std::string>& blocks,
                             const std::string& location = "l", const std::string& title = "") {
  auto collection = std::make_shared<model::CidrCollection>();
  collection->id = id;
  collection->name = title.empty() ? id : title;
  collection->locations.push_back({location, {}});
  for (const std::string& block : blocks)
    collection->locations[0].blocks.push_back(model::Prefix::parse(block).value());
  return model::PutCidrCollection{std::move(collection)};
}

class RecordRules : public ::testing::Test {
 protected:
  RecordRules() {
    model::ChangeBatch batch =
        BatchBuilder()
            .zone(kApex, 1)
            .zone("example.net.", 2)
            .check("c")
            .simple(kApex, "www.example.com.", RRType::kA, {"192.0.2.1"})
            .simple("example.net.", "www.example.net.", RRType::kA, {"192.0.2.1"})
            .batch();
    batch.changes.push_back(put_collection("k", {"192.0.2.0/24"}));
    batch.changes.push_back(put_collection("other", {"192.0.2.0/24"}));
    batch.changes.push_back(model::PutRegion{"my-site", {50, 8}});
    config_ = testing::applied({}, batch);
  }

  static model::RecordGroup group_of(model::RecordSets sets, RRType type = RRType::kA) {
    model::RecordGroup group;
    group.type = type;
    group.sets = std::move(sets);
    return group;
  }

  std::string refusal(const model::ChangeBatch& batch) const {
    const auto after = apply_batch(config_, batch);
    return after.ok() ? "accepted" : std::string(after.status().message());
  }
  std::string refusal(model::RecordSets sets, RRType type = RRType::kA) const {
    return refusal(BatchBuilder().group(kApex, kOwner, group_of(std::move(sets), type)).batch());
  }
  std::string refusal(const model::Change& change) const {
    return refusal(model::ChangeBatch{{change}, "", ""});
  }
  void apply(const model::ChangeBatch& batch) { config_ = testing::applied(config_, batch); }
  void put(model::RecordSets sets) {
    apply(BatchBuilder().group(kApex, kOwner, group_of(std::move(sets))).batch());
  }

  model::Config config_;
};

TEST_F(RecordRules, AcceptEveryPolicyThatKeepsToItsRules) {
  EXPECT_EQ(refusal({routed("a", latency("us-east-1"), "192.0.2.1"),
                     routed("b", latency("my-site"), "192.0.2.2")}),
            "accepted");
  EXPECT_EQ(
      refusal({routed("a", country("US"), "192.0.2.1"),
               routed("b", country("US", "CA"), "192.0.2.2"),
               routed("c", continent("EU"), "192.0.2.3"), routed("d", country("*"), "192.0.2.4")}),
      "accepted");
  EXPECT_EQ(refusal({routed("a", near("us-east-1", -99), "192.0.2.1"),
                     routed("b", near("us-west-2-den-1"), "192.0.2.2"),
                     routed("c", at(51.5, -0.16, 99), "192.0.2.3")}),
            "accepted");
  EXPECT_EQ(refusal({routed("a", within("k", "l"), "192.0.2.1"),
                     routed("b", within("k", "*"), "192.0.2.2")}),
            "accepted");
  EXPECT_EQ(refusal({routed("a", model::Multivalue{}, "192.0.2.1", "c"),
                     routed("b", model::Multivalue{}, "192.0.2.2")}),
            "accepted");
}

TEST_F(RecordRules, RefuseRegionsThatNobodyKnowsOrThatAreThereTwice) {
  EXPECT_EQ(refusal({routed("a", latency("xx-fake-1"), "192.0.2.1")}),
            "Cannot find region 'xx-fake-1'. No changes made.");
  EXPECT_EQ(refusal({routed("a", latency("us-west-2-den-1"), "192.0.2.1")}),
            "Cannot find region 'us-west-2-den-1'. No changes made.");
  EXPECT_EQ(refusal({routed("a", latency("us-east-1"), "192.0.2.1"),
                     routed("b", latency("us-east-1"), "192.0.2.2")}),
            "RRSet with DNS name x.example.com., type A, SetIdentifier b, and Region "
            "Name=us-east-1 cannot be created because a latency RRSet with the same name, type and "
            "region already exists.");
}

TEST_F(RecordRules, RefuseLocationsThatDoNotExistOrAreThereTwice) {
  for (const char* code : {"ZZ", "EH", "us"}) {
    EXPECT_EQ(refusal({routed("a", country(code), "192.0.2.1")}),
              absl::StrCat("Cannot find location: 'country = ", code, "'. No changes made."));
  }
  EXPECT_EQ(refusal({routed("a", country("CA", "ON"), "192.0.2.1")}),
            "Cannot find location: 'country = CA subdivision = ON'. No changes made.");
  EXPECT_EQ(refusal({routed("a", country("US", "PR"), "192.0.2.1")}),
            "Cannot find location: 'country = US subdivision = PR'. No changes made.");
  EXPECT_EQ(refusal({routed("a", continent("XX"), "192.0.2.1")}),
            "Cannot find location: 'continent = XX'. No changes made.");
  EXPECT_EQ(refusal({routed("a", Geolocation(GeolocationFields{"EU", "DE", ""}), "192.0.2.1")}),
            "RRSet with DNS name x.example.com., type A, SetIdentifier a: a continent can't be "
            "combined with a country or a subdivision");
  EXPECT_EQ(
      refusal(
          {routed("a", continent("NA"), "192.0.2.1"), routed("b", continent("NA"), "192.0.2.2")}),
      "RRSet with DNS name x.example.com., type A, SetIdentifier b, and routing to [continent "
      "= (NA, North America)} cannot be created because a GEO RRSet with the same name, type "
      "and routing to [continent = (NA, North America)} already exists.");
  EXPECT_EQ(
      refusal({routed("a", country("JP"), "192.0.2.1"), routed("b", country("JP"), "192.0.2.2")}),
      "RRSet with DNS name x.example.com., type A, SetIdentifier b, and routing to [country = (JP, "
      "Japan)} cannot be created because a GEO RRSet with the same name, type and routing to "
      "[country = (JP, Japan)} already exists.");
  EXPECT_THAT(refusal({routed("a", country("US", "CA"), "192.0.2.1"),
                       routed("b", country("US", "CA"), "192.0.2.2")}),
              HasSubstr("routing to [country = (US, United States) subdivision = (CA, "
                        "California)} already exists."));
}

TEST_F(RecordRules, RefuseGeoproximityOutOfRangeTwiceOrUnknown) {
  EXPECT_EQ(refusal({routed("a", near("xx"), "192.0.2.1")}),
            "Cannot find GeoProximityLocation with AWSRegion = xx. No changes made.");
  EXPECT_EQ(refusal({routed("a", near("us-west-2-xxx-1"), "192.0.2.1")}),
            "Cannot find GeoProximityLocation with LocalZoneGroup = us-west-2-xxx-1. No changes "
            "made.");
  const std::string set = "RRSet with DNS name x.example.com., type A, SetIdentifier a: ";
  EXPECT_EQ(refusal({routed("a", at(90.5, 0), "192.0.2.1")}),
            set + "latitude 90.5 is not from -90 to 90");
  EXPECT_EQ(refusal({routed("a", at(0, -181), "192.0.2.1")}),
            set + "longitude -181 is not from -180 to 180");
  EXPECT_THAT(refusal({routed("a", at(std::nan(""), 0), "192.0.2.1")}), HasSubstr("latitude"));
  EXPECT_EQ(refusal({routed("a", at(0.125, 0), "192.0.2.1")}),
            set + "coordinates must not have more than two decimals");
  EXPECT_EQ(refusal({routed("a", near("us-east-1", 100), "192.0.2.1")}),
            set + "bias 100 is not from -99 to 99");
  EXPECT_THAT(refusal({routed("a", at(1, 2), "192.0.2.1"), routed("b", at(1, 2), "192.0.2.2")}),
              HasSubstr("SetIdentifier b, and routing to GeoProximityLocation with Coordinates = "
                        "(1.00, 2.00) cannot be created because a geo-proximity RRSet"));
  model::RecordSets sets;
  for (int i = 0; i < 31; ++i)
    sets.push_back(routed(absl::StrCat("s", 100 + i), at(i, 0), "192.0.2.1"));
  EXPECT_EQ(refusal(sets),
            "Exceeded limit on number of geo-proximity RRSets for x.example.com., type A in this "
            "zone.");
  sets.pop_back();
  EXPECT_EQ(refusal(sets), "accepted");
}

TEST_F(RecordRules, HoldAnIpBasedGroupToOneCollectionAndItsLocations) {
  EXPECT_EQ(refusal({routed("a", within("k", "l"), "192.0.2.1"),
                     routed("b", within("other", "l2"), "192.0.2.2")}),
            "[RRSet with DNS name x.example.com., type A, SetIdentifier b, and routing to "
            "CidrCollectionId=other CidrLocationId=l2 cannot be created because a CIDR RRSets with "
            "a different collection id (k) already exist, RRSet with DNS name x.example.com., type "
            "A, SetIdentifier b: CIDR collection other has no location l2]");
  EXPECT_EQ(
      refusal({routed("a", within("none", "*"), "192.0.2.1")}),
      "RRSet with DNS name x.example.com., type A, SetIdentifier a: CIDR collection none does "
      "not exist; define it under cidr_collections");
  EXPECT_THAT(
      refusal(
          {routed("a", within("k", "l"), "192.0.2.1"), routed("b", within("k", "l"), "192.0.2.2")}),
      HasSubstr("because a CIDR RRSet with the same name, type and location already exists."));
}

TEST_F(RecordRules, RefuseMultivalueAliasesAndTypesWithoutIt) {
  EXPECT_EQ(refusal({testing::alias("a", model::Multivalue{}, kApex, "www.example.com.", false)}),
            "Multivalue answer rrset should not be an alias rrset. No changes made.");
  EXPECT_EQ(refusal({routed("a", model::Multivalue{}, "www.example.com.", "", RRType::kCname)},
                    RRType::kCname),
            "RRSet with DNS name x.example.com., type CNAME, SetIdentifier a cannot be created "
            "because this type of RRSet is not supported.");
}

TEST_F(RecordRules, AllowOneLastResortWhateverItsPlaceAndOnlyBesideOthers) {
  const auto resort = [](RecordSet set) {
    set.last_resort = true;
    return set;
  };
  EXPECT_EQ(refusal({routed("a", country("*"), "192.0.2.1", "c"),
                     resort(routed("r", country("*"), "192.0.2.9"))}),
            "accepted");
  EXPECT_EQ(refusal({weighted("a", 1, "192.0.2.1", "c"), resort(weighted("r", 1, "192.0.2.8")),
                     resort(weighted("s", 1, "192.0.2.9"))}),
            "RRSet with DNS name x.example.com., type A, SetIdentifier s cannot be created because "
            "another last resort of the same name and type already exists.");
  EXPECT_EQ(refusal({resort(weighted("r", 1, "192.0.2.9"))}),
            "RRSet with DNS name x.example.com., type A, SetIdentifier r cannot be the last resort "
            "of a name and type without other sets.");
}

TEST_F(RecordRules, NameThePolicyThatDoesNotFitItsGroup) {
  const RecordSet first = weighted("a", 1, "192.0.2.1");
  EXPECT_EQ(refusal({first, routed("b", latency("us-east-1"), "192.0.2.2")}),
            "RRSet with DNS name x.example.com., type A, SetIdentifier b, and Region "
            "Name=us-east-1 cannot be created because a non-latency RRSet with the same name and "
            "type already exists.");
  EXPECT_EQ(
      refusal({first, routed("b", continent("NA"), "192.0.2.2")}),
      "RRSet with DNS name x.example.com., type A, SetIdentifier b, and routing to [continent "
      "= (NA, North America)] cannot be created because a non-GEO RRSet with the same name "
      "and type already exists");
}

TEST_F(RecordRules, LimitTheWeightedSetsOfAGroup) {
  model::RecordSets sets;
  for (int i = 0; i < 101; ++i)
    sets.push_back(weighted(absl::StrCat("s", 100 + i), 1, absl::StrCat("192.0.2.", i)));
  EXPECT_EQ(refusal(sets),
            "Exceeded limit on number of weighted RRSets for x.example.com., type A in this zone.");
  sets.pop_back();
  EXPECT_EQ(refusal(sets), "accepted");
}

TEST_F(RecordRules, KeepASimpleSetAlone) {
  RecordSet simple = weighted("", 1, "www.example.com.", "", RRType::kCname);
  simple.policy = model::Simple{};
  RecordSet other = weighted("", 1, "www.example.net.", "", RRType::kCname);
  other.policy = model::Simple{};
  EXPECT_EQ(refusal({simple, other}, RRType::kCname),
            "RRSet with DNS name x.example.com., type CNAME cannot be created as other RRSets "
            "exist with the same name and type.");
}

TEST_F(RecordRules, RefuseADelegationOfAWildcard) {
  EXPECT_EQ(refusal(BatchBuilder()
                        .simple(kApex, "*.example.com.", RRType::kNs, {"ns1.example.net."})
                        .batch()),
            "Changing wildcard NS record sets are not supported. No changes made.");
}

TEST_F(RecordRules, AskForIdentifiersWithAPolicyAndOnlyThen) {
  EXPECT_EQ(refusal({weighted("", 1, "192.0.2.1")}),
            "Invalid request: Missing field 'SetIdentifier' in Change with [Name=x.example.com., "
            "Type=A, SetIdentifier=null]");
  EXPECT_EQ(refusal({routed("a", model::Simple{}, "192.0.2.1")}),
            "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, "
            "MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig], but found none in "
            "Change with [Name=x.example.com., Type=A, SetIdentifier=a]");
  EXPECT_THAT(refusal({weighted(std::string(129, 'a'), 1, "192.0.2.1")}),
              HasSubstr("the identifier has more than 128 octets"));
  EXPECT_EQ(refusal({weighted(std::string(128, 'a'), 1, "192.0.2.1")}), "accepted");
}

TEST_F(RecordRules, ExemptAliasesFromTheTtlOfWeightedSets) {
  EXPECT_EQ(refusal({testing::alias("a", model::Weighted{1}, kApex, "www.example.com.", true),
                     weighted("b", 1, "192.0.2.1"), weighted("c", 1, "192.0.2.2")}),
            "accepted");
}

TEST_F(RecordRules, LetAnAliasBePrimaryThatCanFail) {
  const model::Policy primary = model::Failover{FailoverRole::kPrimary};
  const auto with = [&](bool evaluate, const std::string& check) {
    return refusal({testing::alias("p", primary, kApex, "www.example.com.", evaluate, check)});
  };
  EXPECT_EQ(with(true, ""), "accepted");
  EXPECT_EQ(with(false, "c"), "accepted");
  EXPECT_EQ(with(false, ""),
            "RRSet with DNS name x.example.com., type A, SetIdentifier p cannot be a primary "
            "without EvaluateTargetHealth set to true or an associated health check as a secondary "
            "would never be returned.");
}

TEST_F(RecordRules, LimitTheBlocksOfACollection) {
  EXPECT_EQ(refusal(put_collection("n", {"192.0.2.0/25"})),
            "CIDR collection n, location l: IPv4 cidr block 192.0.2.0/25 has network prefix length "
            "greater than account limit of 24");
  EXPECT_EQ(
      refusal(put_collection("n", {"2001:db8::/49"})),
      "CIDR collection n, location l: IPv6 cidr block 2001:db8::/49 has network prefix length "
      "greater than account limit of 48");
  EXPECT_EQ(refusal(put_collection("n", {"0.0.0.0/0"})),
            "CIDR collection n, location l: Cidr prefix length must not be 0");
  EXPECT_EQ(refusal(put_collection("n", {"192.0.2.0/24", "192.0.2.0/24"})),
            "CIDR collection n, location l: CidrBlockInUse: block 192.0.2.0/24 is in location l "
            "already");
  EXPECT_EQ(refusal(put_collection("n", {"128.0.0.0/1", "2001:db8::/48"})), "accepted");
  EXPECT_THAT(refusal(put_collection("n", {}, "*")), HasSubstr("location *: the name must have"));
  EXPECT_EQ(refusal(put_collection("n", {}, "l", "k")),
            "CIDR collections k and n have the same name, k");
}

TEST_F(RecordRules, KeepCollectionsAndLocationsThatAreInUse) {
  put({routed("a", within("k", "l"), "192.0.2.1")});
  EXPECT_EQ(refusal(model::DeleteCidrCollection{"k"}),
            "CIDR collection k is in use by x.example.com., type A");
  EXPECT_EQ(refusal(put_collection("k", {"192.0.2.0/24"}, "renamed")),
            "CIDR collection k: location l is in use by x.example.com., type A");
  EXPECT_EQ(refusal(model::DeleteCidrCollection{"other"}), "accepted");
  model::ChangeBatch both = BatchBuilder().remove(kApex, kOwner, RRType::kA).batch();
  both.changes.push_back(model::DeleteCidrCollection{"k"});
  EXPECT_EQ(refusal(both), "accepted");
}

TEST_F(RecordRules, KeepRegionsThatAreInUse) {
  put({routed("a", latency("my-site"), "192.0.2.1")});
  EXPECT_EQ(refusal(model::DeleteRegion{"my-site"}),
            "region my-site is in use by x.example.com., type A");
  put({routed("a", latency("us-east-1"), "192.0.2.1")});
  EXPECT_EQ(refusal(model::DeleteRegion{"my-site"}), "accepted");
}

}  // namespace
}  // namespace signpost::policy
