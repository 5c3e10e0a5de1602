// The texts of route53-semantics 3.4, each by a change that breaks its rule. Before a text the API
// says which field is wrong, behind it what to do about it.
#include <gmock/gmock.h>

#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kHeld =
    "health_checks { id: 'c' tcp { ip_address: '192.0.2.1' port: 80 } } "
    "cidr_collections { id: 'k' locations { name: 'l' cidr_blocks: '192.0.2.0/24' } } "
    "cidr_collections { id: 'other' locations { name: 'loc2' cidr_blocks: '192.0.2.0/24' } } "
    "zones { name: 'example.com' name_servers: 'ns1.example.net' "
    "  record_sets { name: 'www' type: 'A' ttl: 60 records: '192.0.2.1' } "
    "  record_sets { name: 'c' type: 'CNAME' ttl: 60 records: 'www' } "
    "  record_sets { name: 'w' type: 'A' ttl: 60 records: '192.0.2.1' set_identifier: 's1' "
    "    weighted { weight: 1 } } "
    "  record_sets { name: 'rc' type: 'CNAME' ttl: 60 records: 'www' set_identifier: 's1' "
    "    weighted { weight: 1 } } "
    "  record_sets { name: 'lat' type: 'A' ttl: 60 records: '192.0.2.1' set_identifier: 's1' "
    "    latency { region: 'us-east-1' } } "
    "  record_sets { name: 'geo' type: 'A' ttl: 60 records: '192.0.2.1' set_identifier: 's1' "
    "    geolocation { country_code: 'JP' } } "
    "  record_sets { name: 'ip' type: 'A' ttl: 60 records: '192.0.2.1' set_identifier: 's1' "
    "    ip_based { collection_id: 'k' location_name: 'l' } } }";

class Route53Texts : public ServicesTest {
 protected:
  void SetUp() override {
    ServicesTest::SetUp();
    v1::ApplyOptions options;
    options.set_manage_by_api(true);
    const Outcome outcome = apply(kHeld, options);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  }

  // Why a change of these record sets is refused.
  std::string refusal(const std::string& changes) {
    v1::ApplyResponse reply;
    const grpc::Status status = change("zone: 'example.com' " + changes, &reply);
    EXPECT_FALSE(status.ok()) << "accepted: " << changes;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << changes;
    return status.error_message();
  }

  // The record set of a type at the apex, as the change that deletes it.
  std::string deletion_at_apex(const std::string& type) {
    for (const v1::Config& part : export_all()) {
      for (const v1::Zone& zone : part.zones()) {
        for (const v1::RecordSet& set : zone.record_sets()) {
          if (set.name() != "@" || set.type() != type) continue;
          return "changes { action: DELETE record_set { " + set.ShortDebugString() + " } }";
        }
      }
    }
    ADD_FAILURE() << "there is no " << type;
    return "";
  }
};

std::string created(const std::string& set) {
  return "changes { action: CREATE record_set { " + set + " } } ";
}

// One more set of a policy.
std::string routed(const std::string& name, const std::string& identifier,
                   const std::string& policy, const std::string& type = "A",
                   const std::string& value = "192.0.2.2") {
  return created("name: '" + name + "' type: '" + type + "' ttl: 60 records: '" + value +
                 "' set_identifier: '" + identifier + "' " + policy);
}

std::string deleted(const std::string& set) {
  return "changes { action: DELETE record_set { " + set + " } } ";
}

struct Row {
  std::string changes;
  std::string text;
};

std::vector<Row> rows_of_keys_and_names() {
  return {
      {created("name: 'www' type: 'A' records: '192.0.2.2'"),
       "Tried to create resource record set [name='www.example.com.', type='A'] but it already "
       "exists"},
      {routed("w", "s1", "weighted {}"),
       "Tried to create resource record set [name='w.example.com.', type='A', "
       "set-identifier='s1'] but it already exists"},
      {deleted("name: 'x' type: 'A' records: '192.0.2.1'"),
       "Tried to delete resource record set [name='x.example.com.', type='A'] but it was not "
       "found"},
      {deleted("name: 'www' type: 'A' ttl: 60 records: '192.0.2.9'"),
       "Tried to delete resource record set [name='www.example.com.', type='A'] but the values "
       "provided do not match the current values"},
      {created("name: 'x.example.net.' type: 'A' records: '192.0.2.1'"),
       "RRSet with DNS name x.example.net. is not permitted in zone example.com."},
      {created("name: '@' type: 'CNAME' records: 'www'"),
       "RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone "
       "example.com."},
      {created("name: 'www' type: 'CNAME' records: 'w'"),
       "RRSet of type CNAME with DNS name www.example.com. is not permitted as it conflicts with "
       "other records with the same DNS name in zone example.com."},
      {created("name: 'c' type: 'A' records: '192.0.2.1'"),
       "RRSet of type A with DNS name c.example.com. is not permitted because a conflicting RRSet "
       "of type CNAME with the same DNS name already exists in zone example.com."},
      {created("name: '*.sub' type: 'NS' records: 'ns1.example.net.'"),
       "Changing wildcard NS record sets are not supported. No changes made."},
  };
}

std::vector<Row> rows_of_policies_beside_others() {
  const std::string begin = "RRSet with DNS name ";
  return {
      {created("name: 'rc' type: 'CNAME' records: 'w'"),
       begin + "rc.example.com., type CNAME cannot be created as other RRSets exist with the same "
               "name and type."},
      {routed("www", "s1", "weighted {}"),
       begin + "www.example.com., type A, SetIdentifier s1 cannot be created as a non-weighted set "
               "exists with the same name and type."},
      {routed("w", "t", "latency { region: 'us-east-1' }"),
       begin + "w.example.com., type A, SetIdentifier t, and Region Name=us-east-1 cannot be "
               "created because a non-latency RRSet with the same name and type already exists."},
      {routed("lat", "t", "latency { region: 'us-east-1' }"),
       begin + "lat.example.com., type A, SetIdentifier t, and Region Name=us-east-1 cannot be "
               "created because a latency RRSet with the same name, type and region already "
               "exists."},
      {routed("w", "ue1", "geolocation { continent_code: 'NA' }"),
       begin + "w.example.com., type A, SetIdentifier ue1, and routing to [continent = (NA, North "
               "America)] cannot be created because a non-GEO RRSet with the same name and type "
               "already exists"},
      {routed("geo", "t", "geolocation { country_code: 'JP' }"),
       begin + "geo.example.com., type A, SetIdentifier t, and routing to [country = (JP, Japan)} "
               "cannot be created because a GEO RRSet with the same name, type and routing to "
               "[country = (JP, Japan)} already exists."},
      {created("name: 'w' type: 'A' ttl: 30 records: '192.0.2.2' set_identifier: 't' weighted {}"),
       begin + "w.example.com., type A, SetIdentifier t cannot be created as weighted sets must "
               "contain the same TTL."},
      {routed("ip", "t", "ip_based { collection_id: 'other' location_name: 'loc2' }"),
       begin + "ip.example.com., type A, SetIdentifier t, and routing to CidrCollectionId=other "
               "CidrLocationId=loc2 cannot be created because a CIDR RRSets with a different "
               "collection id (k) already exist"},
      {routed("sub", "t", "weighted {}", "NS", "ns1.example.net."),
       begin + "sub.example.com., type NS, SetIdentifier t cannot be created because this type of "
               "RRSet is not supported."},
      {routed("x", "t", "multivalue {}", "CNAME", "www"),
       begin + "x.example.com., type CNAME, SetIdentifier t cannot be created because this type of "
               "RRSet is not supported."},
  };
}

std::vector<Row> rows_of_health_and_aliases() {
  const std::string alias = "name: 'x' type: 'A' alias_target { dns_name: 'www' } ";
  return {
      {routed("x", "t", "failover { role: PRIMARY }"),
       "A non-alias primary ResourceRecordSet must have an associated health check. No changes "
       "made."},
      {created(alias + "set_identifier: 't' failover { role: PRIMARY }"),
       "RRSet with DNS name x.example.com., type A, SetIdentifier t cannot be a primary without "
       "EvaluateTargetHealth set to true or an associated health check as a secondary would never "
       "be returned."},
      {created("name: 'x' type: 'A' records: '192.0.2.1' health_check_id: 'c'"),
       "DNS name must have alternate ResourceRecordSet responses configured via a routing policy "
       "(e.g., Weight, Region, etc.) if a health check is attached. No changes made."},
      {created(alias + "set_identifier: 't' multivalue {}"),
       "Multivalue answer rrset should not be an alias rrset. No changes made."},
      {created("name: 'x' type: 'A' alias_target { hosted_zone_id: 'example.com.' "
               "dns_name: 'www.example.net.' }"),
       "Tried to create an alias that targets www.example.net., type A in zone example.com., but "
       "the alias target name does not lie within the target zone"},
      {created("name: 'x' type: 'A' alias_target { dns_name: 'none' }"),
       "Tried to create an alias that targets none.example.com., type A in zone example.com., but "
       "that target was not found"},
      {created("name: 'sub' type: 'NS' alias_target { dns_name: 'www' }"),
       "RRSet with DNS name sub.example.com., type NS contains an alias target, but aliases of "
       "that type are forbidden"},
  };
}

std::vector<Row> rows_of_places() {
  const auto located = [](const std::string& policy) { return routed("x", "t", policy); };
  return {
      {located("latency { region: 'xx-fake-1' }"),
       "Cannot find region 'xx-fake-1'. No changes made."},
      {located("geolocation { country_code: 'ZZ' }"),
       "Cannot find location: 'country = ZZ'. No changes made."},
      {located("geolocation { country_code: 'CA' subdivision_code: 'ON' }"),
       "Cannot find location: 'country = CA subdivision = ON'. No changes made."},
      {located("geoproximity { aws_region: 'xx' }"),
       "Cannot find GeoProximityLocation with AWSRegion = xx. No changes made."},
      {located("geoproximity { local_zone_group: 'xx-none-1-xxx-1' }"),
       "Cannot find GeoProximityLocation with LocalZoneGroup = xx-none-1-xxx-1. No changes made."},
  };
}

std::vector<Row> rows_of_values() {
  std::string many = "name: 'x' type: 'A' ";
  for (int i = 0; i < 401; ++i)
    many += "records: '192.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) + "' ";
  return {
      {created("name: 'x' type: 'A' records: '192.0.2.1' records: '192.0.2.1'"),
       "Duplicate Resource Record: '192.0.2.1'"},
      {created(many), "Cannot have more than 400 records in a RRSet."},
  };
}

// Of texts that the document gives whole.
TEST_F(Route53Texts, AreSaidWordByWordByTheRulesOfTheRecordSets) {
  std::vector<Row> rows;
  for (const auto& part : {rows_of_keys_and_names(), rows_of_policies_beside_others(),
                           rows_of_health_and_aliases(), rows_of_places(), rows_of_values()})
    rows.insert(rows.end(), part.begin(), part.end());
  rows.push_back({deletion_at_apex("SOA"), "A HostedZone must contain exactly one SOA record."});
  rows.push_back({deletion_at_apex("NS"),
                  "A HostedZone must contain at least one NS record for the zone itself."});
  for (const Row& row : rows) {
    SCOPED_TRACE(row.changes.substr(0, 200));
    const std::string said = refusal(row.changes);
    EXPECT_THAT(said, EndsWith(row.text));
    const std::string before = said.substr(0, said.size() - std::min(said.size(), row.text.size()));
    EXPECT_THAT(before, AnyOf("", EndsWith(": ")));
    if (!before.empty()) {
      EXPECT_THAT(before, StartsWith("changes[0]"));
    }
  }
}

TEST_F(Route53Texts, AreSaidWordByWordOfTwoChangesToOneSet) {
  const std::string set = "name: 'www' type: 'A' ttl: 60 records: '192.0.2.1'";
  const std::string text =
      "changes[1]: The request contains an invalid set of changes for a resource record set 'A "
      "www.example.com.'";
  EXPECT_EQ(refusal(deleted(set) + deleted(set)), text);
  EXPECT_EQ(refusal(deleted(set) + "changes { action: UPSERT record_set { " + set + " } }"), text);
  v1::ApplyResponse reply;
  const grpc::Status replaced =
      change("zone: 'example.com' " + deleted(set) +
                 created("name: 'www' type: 'A' ttl: 30 records: '192.0.2.9'"),
             &reply);
  EXPECT_TRUE(replaced.ok()) << replaced.error_message();
}

TEST_F(Route53Texts, AreSaidWordByWordOfTooManySets) {
  std::string weighted;
  for (int i = 0; i <= 100; ++i)
    weighted += routed("x", "s" + std::to_string(1000 + i), "weighted {}");
  EXPECT_EQ(refusal(weighted),
            "Exceeded limit on number of weighted RRSets for x.example.com., type A in this zone.");
  std::string near;
  for (int i = 0; i <= 30; ++i) {
    near += routed("x", "s" + std::to_string(1000 + i),
                   "geoproximity { coordinates { latitude: " + std::to_string(i) + " } }");
  }
  EXPECT_EQ(
      refusal(near),
      "Exceeded limit on number of geo-proximity RRSets for x.example.com., type A in this zone.");
}

// The document gives their codes, and of some the description; behind the text stands a remedy.
TEST_F(Route53Texts, NameTheProblemOfAValueByRoute53sCode) {
  const std::string label(64, 'a');
  const std::string part = std::string(63, 'a') + ".";
  const std::vector<std::tuple<std::string, std::string, std::string>> rows = {
      {"A", "192.0.2", "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"},
      {"TXT", "\"open", "InvalidCharacterString (Value should be enclosed in quotation marks)"},
      {"CNAME", "a\\300.example.", "UnsupportedCharacter (Value contains unsupported characters)"},
      {"CNAME", label + ".example.", "DomainLabelTooLong ("},
      {"CNAME", part + part + part + part + "example.", "DomainNameTooLong ("},
      {"CNAME", "a..example.", "DomainLabelEmpty ("},
      {"TXT", "\"" + std::string(256, 'a') + "\"", "CharacterStringTooLong ("},
      {"SRV", "1 2 3", "SRVRRDATANotFourFields ("},
      {"SOA", "ns1.example.net. 1 2 3", "SOARRDATANotSevenFields ("},
      {"NAPTR", "1 2", "NAPTRRRDATANotValid ("},
      {"CAA", "0 is-sue \"ca.example\"", "CAARRDATAInvalidTag ("},
      {"DS", "1 8 2 00", "DSRRDATAInvalidValue ("},
      {"TLSA", "3 1 1", "TLSAMissingFields ("},
      {"SVCB", "1", "SVCBIncorrectNumberOfFields ("},
      {"HTTPS", "1", "SVCBIncorrectNumberOfFields ("},
  };
  for (const auto& [type, value, code] : rows) {
    SCOPED_TRACE(type + " " + value);
    v1::ChangeRecordSetsRequest request;
    request.set_zone("example.com");
    v1::RecordSetChange& change = *request.add_changes();
    change.set_action(v1::RecordSetChange::CREATE);
    change.mutable_record_set()->set_name(type == "SOA" ? "@" : "x");
    change.mutable_record_set()->set_type(type);
    change.mutable_record_set()->add_records(value);
    std::string text;
    google::protobuf::TextFormat::PrintToString(request, &text);
    v1::ApplyResponse reply;
    EXPECT_THAT(this->change(text, &reply).error_message(),
                StartsWith("changes[0].record_set.records[0]: Invalid Resource Record: 'FATAL "
                           "problem: " +
                           code));
  }
}

}  // namespace
}  // namespace signpost::control
