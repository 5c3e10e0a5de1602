#include "control/translate.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "control/desired_state.h"
#include "control/soa_serial.h"
#include "dns/rdata.h"
#include "dns/serial.h"
#include "signpost/v1/config.pb.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

v1::Config config(const std::string& text) {
  v1::Config parsed;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &parsed)) << text;
  return parsed;
}

absl::StatusOr<DesiredState> read(const std::string& text) {
  DesiredStateReader reader;
  if (absl::Status added = reader.add(config(text)); !added.ok()) return added;
  return reader.finish();
}

std::string zone_with(const std::string& record_sets) {
  return "zones { name: 'example.com' name_servers: 'ns1.example.net' " + record_sets + " }";
}

std::string refusal(const std::string& text) {
  const absl::StatusOr<DesiredState> state = read(text);
  EXPECT_TRUE(absl::IsInvalidArgument(state.status())) << state.status();
  return std::string(state.status().message());
}

std::string set_refusal(const std::string& fields) {
  return refusal(zone_with("record_sets { " + fields + " }"));
}

TEST(Translate, NamesTheFieldAndTheRemedyOfARefusedRecordSet) {
  const std::string path = "zones[0].record_sets[0]";
  EXPECT_EQ(set_refusal("type: 'A' records: '192.0.2.1'"),
            path + ".name: is missing; use \"@\" for the zone apex");
  EXPECT_EQ(set_refusal("name: 'www.example.net.' type: 'A' records: '192.0.2.1'"),
            path +
                ".name: RRSet with DNS name www.example.net. is not permitted in zone "
                "example.com.");
  EXPECT_EQ(set_refusal("name: 'www' records: '192.0.2.1'"),
            path + ".type: is missing; use for example A");
  EXPECT_EQ(set_refusal("name: 'www' type: 'B' records: '192.0.2.1'"),
            path + ".type: \"B\" is not a record type; use a mnemonic such as AAAA, or TYPE65280");
  EXPECT_EQ(set_refusal("name: 'www' type: 'ANY' records: '192.0.2.1'"),
            path + ".type: ANY can't be stored: it exists in queries only");
  EXPECT_EQ(set_refusal("name: 'www' type: 'A'"),
            path + ".records: is empty; give at least one value");
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' records: '192.0.2.1' records: '192.0.2.1'"),
            path + ".records[1]: Duplicate Resource Record: '192.0.2.1'");
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' ttl: 2147483648 records: '192.0.2.1'"),
            path + ".ttl: 2147483648 is not allowed; use 0 to 2147483647");
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' records: '192.0.2.1' set_identifier: 'one'"),
            path +
                ".set_identifier: is only allowed with a routing policy; remove it, or add "
                "for example weighted");
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' records: '192.0.2.1' weighted {}"),
            path +
                ".set_identifier: is missing; record sets with a routing policy need one, "
                "unique among those of the same name and type");
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' records: '192.0.2.1' set_identifier: 'one' "
                        "weighted { weight: 256 }"),
            path + ".weighted.weight: 256 is not allowed; use 0 to 255");
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' records: '192.0.2.1' set_identifier: 'one' "
                        "failover {}"),
            path + ".failover.role: is missing; use PRIMARY or SECONDARY");
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' records: '192.0.2.1' set_identifier: '" +
                        std::string(129, 'a') + "' weighted {}"),
            path + ".set_identifier: has 129 characters; use 1 to 128");
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' records: '192.0.2.1' health_check_id: 'a b'"),
            path +
                ".health_check_id: \"a b\" is not a health check id; use 1 to 64 letters, "
                "digits, '-', '_' and '.'");
  EXPECT_THAT(set_refusal("name: 'www' type: 'A' records: 'nonsense'"),
              testing::StartsWith(path + ".records[0]: "));
}

TEST(Translate, RefusesMoreThanFourHundredRecords) {
  std::string records;
  for (int i = 0; i < 401; ++i) {
    records += "records: '192.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "' ";
  }
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' " + records),
            "zones[0].record_sets[0].records: Cannot have more than 400 records in a RRSet.");
}

TEST(Translate, NamesTheFieldOfARefusedPolicy) {
  const std::string begin = "name: 'www' type: 'A' records: '192.0.2.1' set_identifier: 'one' ";
  const std::string path = "zones[0].record_sets[0].";
  EXPECT_EQ(set_refusal(begin + "latency {}"),
            path + "latency.region: is missing; use for example eu-west-1");
  EXPECT_EQ(set_refusal(begin + "geolocation {}"),
            path +
                "geolocation: is empty; give continent_code or country_code, \"*\" for all other "
                "clients");
  EXPECT_EQ(set_refusal(begin + "geoproximity {}"),
            path +
                "geoproximity: Expected exactly one of [aws_region, local_zone_group, or "
                "coordinates], but found none");
  EXPECT_EQ(set_refusal(begin + "geoproximity { aws_region: 'us-west-2-den-1' }"),
            path +
                "geoproximity.aws_region: Cannot find GeoProximityLocation with AWSRegion = "
                "us-west-2-den-1. No changes made.");
  EXPECT_EQ(set_refusal(begin + "geoproximity { local_zone_group: 'eu-west-1' }"),
            path +
                "geoproximity.local_zone_group: Cannot find GeoProximityLocation with "
                "LocalZoneGroup = eu-west-1. No changes made.");
  EXPECT_EQ(set_refusal(begin + "geoproximity { aws_region: 'eu-west-1' bias: 100 }"),
            path + "geoproximity.bias: 100 is not allowed; use -99 to 99");
  EXPECT_EQ(set_refusal(begin + "ip_based { location_name: 'one' }"),
            path + "ip_based.collection_id: is missing; use the id of one of cidr_collections");
  EXPECT_EQ(set_refusal(begin + "ip_based { collection_id: 'one' }"),
            path +
                "ip_based.location_name: is missing; use a location of the collection, \"*\" for "
                "all other clients");
}

TEST(Translate, NamesTheFieldOfARefusedAlias) {
  const std::string path = "zones[0].record_sets[0]";
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' alias_target {}"),
            path + ".alias_target.dns_name: is missing; use the name of the target");
  EXPECT_EQ(set_refusal("name: 'www' type: 'A' ttl: 60 alias_target { dns_name: 'api' }"),
            path + ".ttl: is not allowed with alias_target; its target's counts");
  EXPECT_EQ(
      set_refusal("name: 'www' type: 'A' records: '192.0.2.1' alias_target { dns_name: 'api' }"),
      path +
          ": Expected exactly one of [alias_target, records, or traffic_policy_instance], but "
          "found "
          "more than one");
}

TEST(Translate, NamesTheFieldOfARefusedInstance) {
  const std::string path = "zones[0].record_sets[0]";
  const std::string begin = "name: 'www' type: 'A' traffic_policy_instance ";
  EXPECT_EQ(set_refusal(begin + "{ version: 1 }"),
            path +
                ".traffic_policy_instance.policy: is missing; use the id of one of "
                "traffic_policies");
  EXPECT_EQ(set_refusal(begin + "{ policy: 'one' }"),
            path + ".traffic_policy_instance.version: 0 is not allowed; use 1 to 1000");
  EXPECT_EQ(set_refusal(begin + "{ policy: 'one' version: 1 } set_identifier: 'a' weighted {}"),
            path +
                ".traffic_policy_instance: is the only record set of its name and type; policies, "
                "set_identifier, health_check_id and last_resort belong into the traffic policy");
  EXPECT_EQ(refusal(zone_with("record_sets { " + begin +
                              "{ policy: 'one' version: 1 } } "
                              "record_sets { name: 'www' type: 'A' records: '192.0.2.1' }")),
            "zones[0].record_sets[1]: www.example.com. A has other record sets; an instance of a "
            "traffic policy must be the only one");
}

TEST(Translate, NamesTheFieldOfARefusedPlace) {
  EXPECT_EQ(refusal("place_overrides { prefix: '192.0.2.1/24' country_code: 'DE' }").substr(0, 26),
            "place_overrides[0].prefix:");
  EXPECT_EQ(
      refusal("place_overrides { prefix: '192.0.2.0/24' country_code: 'ZZ' }"),
      "place_overrides[0].country_code: Cannot find location: 'country = ZZ'. No changes made.");
  EXPECT_EQ(
      refusal(
          "place_overrides { prefix: '192.0.2.0/24' country_code: 'CA' subdivision_code: 'ON' }"),
      "place_overrides[0].subdivision_code: Cannot find location: 'country = CA subdivision = "
      "ON'. No changes made.");
  EXPECT_EQ(refusal("place_overrides { prefix: '192.0.2.0/24' coordinates { latitude: 90.5 } }"),
            "place_overrides[0].coordinates.latitude: 90.5 is not allowed; use -90 to 90");
  EXPECT_EQ(refusal("place_overrides { prefix: '2001:db8::/32' } "
                    "place_overrides { prefix: '2001:0db8::/32' }"),
            "place_overrides[1].prefix: \"2001:db8::/32\" is given twice; make them unique");
  EXPECT_EQ(refusal("regions { name: 'here' }"),
            "regions[0].coordinates: is missing; give latitude and longitude");
  EXPECT_EQ(refusal("cidr_collections { id: 'a b' }"),
            "cidr_collections[0].id: \"a b\" is not the id of a collection; use 1 to 64 letters, "
            "digits and -_");
  EXPECT_EQ(refusal("cidr_collections { id: 'a' locations { name: 'x' cidr_blocks: '192.0.2.0/33' "
                    "} }")
                .substr(0, 46),
            "cidr_collections[0].locations[0].cidr_blocks[0");
}

TEST(Translate, RefusesTwoRecordSetsOfOneKey) {
  const std::string set = "record_sets { name: 'www' type: 'A' records: '192.0.2.1' ";
  EXPECT_EQ(refusal(zone_with(set + "} " + set + "}")),
            "zones[0].record_sets[1].name: www.example.com. A has another record set without a "
            "routing policy; write all values into one");
  const std::string one = set + "set_identifier: 'one' weighted {} ";
  EXPECT_EQ(refusal(zone_with(one + "} " + one + "}")),
            "zones[0].record_sets[1].set_identifier: www.example.com. A has another record set "
            "\"one\"; make them unique");
  EXPECT_EQ(refusal(zone_with(one + "} " + set +
                              "set_identifier: 'two' weighted {} "
                              "distribution: DISTRIBUTION_STICKY }")),
            "zones[0].record_sets[1].distribution: differs from another record set of "
            "www.example.com. A; use the same in all of them");
  EXPECT_EQ(refusal(zone_with(one + "} " + set +
                              "set_identifier: 'two' weighted {} "
                              "fail_mode: FAIL_MODE_CLOSED }")),
            "zones[0].record_sets[1].fail_mode: differs from another record set of "
            "www.example.com. A; use the same in all of them");
}

TEST(Translate, RefusesWhatTakesThePlaceOfHealthySetsUnderTheSimplePolicy) {
  const std::string set = "name: 'www' type: 'A' records: '192.0.2.1' ";
  EXPECT_EQ(set_refusal(set + "fail_mode: FAIL_MODE_CLOSED"),
            "zones[0].record_sets[0].fail_mode: is of no use with the simple policy, which does "
            "not look at health; use another policy, such as weighted or failover");
  EXPECT_EQ(set_refusal(set + "last_resort: true"),
            "zones[0].record_sets[0].last_resort: is of no use with the simple policy, which has "
            "one set; use another policy, such as weighted or failover");
}

std::string check_refusal(const std::string& fields) {
  return refusal("health_checks { " + fields + " }");
}

TEST(Translate, NamesTheFieldAndTheRemedyOfARefusedHealthCheck) {
  const std::string path = "health_checks[0]";
  EXPECT_EQ(check_refusal("id: '' tcp { ip_address: '192.0.2.1' port: 80 }"),
            path +
                ".id: \"\" is not a health check id; use 1 to 64 letters, digits, '-', '_' and "
                "'.'");
  EXPECT_EQ(check_refusal("id: 'a'"), path +
                                          ": has no probe; add http, https, tcp, dns, grpc, icmp, "
                                          "command, calculated, metric or recovery_control");
  EXPECT_EQ(check_refusal("id: 'a' http {}"),
            path + ".http: IP address and fully qualified domain name can not be both empty");
  EXPECT_EQ(check_refusal("id: 'a' http { ip_address: 'www' }"),
            path + ".http.ip_address: \"www\" is not an IPv4 or IPv6 address");
  for (const std::string address : {"0.0.0.0", "255.255.255.255", "224.0.0.1"}) {
    EXPECT_EQ(check_refusal("id: 'a' http { ip_address: '" + address + "' }"),
              path + ".http.ip_address: IPv4 address " + address + " is forbidden");
  }
  for (const std::string address : {"::", "ff02::1"}) {
    EXPECT_EQ(check_refusal("id: 'a' http { ip_address: '" + address + "' }"),
              path + ".http.ip_address: IPv6 address " + address + " is forbidden");
  }
  EXPECT_EQ(check_refusal("id: 'a' tcp { ip_address: '192.0.2.1' }"),
            path + ".tcp.port: 0 is not allowed; use 1 to 65535");
  EXPECT_EQ(check_refusal("id: 'a' http { ip_address: '192.0.2.1' port: 65536 }"),
            path + ".http.port: 65536 is not allowed; use 1 to 65535");
  EXPECT_EQ(check_refusal("id: 'a' http { ip_address: '192.0.2.1' resource_path: '/a b' }"),
            path +
                ".http.resource_path: is not allowed; use at most 255 visible ASCII "
                "characters, others as %XX");
  EXPECT_EQ(check_refusal("id: 'a' http { ip_address: '192.0.2.1' "
                          "fully_qualified_domain_name: 'a\\r\\nb' }"),
            path +
                ".http.fully_qualified_domain_name: is not allowed; use a host name of at most "
                "255 characters");
  EXPECT_EQ(check_refusal("id: 'a' tcp { ip_address: '192.0.2.1' port: 80 } request_interval: 301"),
            path + ".request_interval: 301 is not allowed; use 1 to 300 seconds");
  EXPECT_EQ(check_refusal("id: 'a' tcp { ip_address: '192.0.2.1' port: 80 } failure_threshold: 11"),
            path + ".failure_threshold: 11 is not allowed; use 1 to 10");
}

TEST(Translate, GivesHealthChecksTheDefaultsOfRoute53) {
  const auto state = read("health_checks { id: 'a' http { ip_address: '2001:DB8::1' } }");
  ASSERT_TRUE(state.ok()) << state.status();
  const model::HealthCheck& check = *state->health_checks.at(0);
  const auto& probe = std::get<model::HttpProbe>(check.kind);
  EXPECT_EQ(probe.target.address, "2001:db8::1");
  EXPECT_EQ(probe.target.port, 80);
  EXPECT_EQ(probe.resource_path, "/");
  EXPECT_EQ(check.request_interval, std::chrono::seconds(30));
  EXPECT_EQ(check.failure_threshold, 3u);
}

TEST(Translate, NamesTheFieldAndTheRemedyOfARefusedKindOfCheck) {
  const std::vector<std::pair<std::string, std::string>> refused{
      {"http { ip_address: '192.0.2.1' tls {} }",
       "http.tls: Health checks with HTTP type must not enable SNI support; use https in place of "
       "http"},
      {"http { ip_address: '192.0.2.1' method: 'PUT' }",
       "http.method: \"PUT\" is not allowed; use GET, HEAD, OPTIONS or POST"},
      {"http { ip_address: '192.0.2.1' method: 'HEAD' search_string: 'x' }",
       "http.method: a reply to HEAD has no body to search; use GET"},
      {"http { ip_address: '192.0.2.1' headers { name: 'Host' value: 'x' } }",
       "http.headers[0].name: Host can't be set; the host is fully_qualified_domain_name"},
      {"http { ip_address: '192.0.2.1' headers { name: 'A b' } }",
       "http.headers[0].name: \"A b\" is not the name of a header"},
      {"http { ip_address: '192.0.2.1' headers { name: 'A' value: 'x\\r\\nB: y' } }",
       "http.headers[0].value: is not allowed; use at most 1024 ASCII characters"},
      {"http { ip_address: '192.0.2.1' expected_status_codes: '299-200' }",
       "http.expected_status_codes[0]: \"299-200\" is not a status code or a range of them; use "
       "for example 204 or 200-299"},
      {"https { ip_address: '192.0.2.1' search_pattern: 'a(b' }",
       "https.search_pattern: is not a regular expression of RE2: missing ): a(b"},
      {"http { ip_address: '192.0.2.1' search_string: '" + std::string(256, 'x') + "' }",
       "http.search_string: is too long; use at most 255 octets"},
      {"http { fully_qualified_domain_name: '" + std::string(64, 'x') + "' }",
       "http.fully_qualified_domain_name: \"" + std::string(64, 'x') +
           "\" is not a domain name; it has to be resolved, because there is no ip_address"},
      {"tcp { ip_address: '192.0.2.1' port: 80 send: 'x' }",
       "tcp.expect: is missing; without it nothing is read after send"},
      {"tcp { ip_address: '192.0.2.1' port: 80 tls { certificate_warning_days: 366 } }",
       "tcp.tls.certificate_warning_days: 366 is not allowed; use 0 to 365"},
      {"dns { ip_address: '192.0.2.1' }", "dns.query_name: \"\" is not a domain name"},
      {"dns { ip_address: '192.0.2.1' query_name: 'a.example' expected_rcode: 'FINE' }",
       "dns.expected_rcode: \"FINE\" is not a response code; use for example NXDOMAIN"},
      {"grpc { ip_address: '192.0.2.1' }", "grpc.port: 0 is not allowed; use 1 to 65535"},
      {"icmp {}", "icmp: IP address and fully qualified domain name can not be both empty"},
      {"command {}", "command.command: is missing; give the name of a program"},
      {"command { command: '../sh' }",
       "command.command[0]: \"../sh\" is not allowed; use the name of a file in the folder of "
       "signpostd --health-commands"},
      {"command { command: 'check' timeout_seconds: 61 }",
       "command.timeout_seconds: 61 is not allowed; use 1 to 60"},
      {"calculated { child_health_checks: 'b' child_health_checks: 'b' }",
       "calculated.child_health_checks[1]: b is there twice"},
      {"calculated { health_threshold: 257 }",
       "calculated.health_threshold: 257 is not allowed; use 0 to 256"},
      {"metric { ip_address: '192.0.2.1' comparison: LESS_THAN }",
       "metric.query: is missing; use PromQL of at most 2000 octets"},
      {"metric { ip_address: '192.0.2.1' query: 'up' }",
       "metric.comparison: is missing; use for example less_than"}};
  for (const auto& [probe, message] : refused)
    EXPECT_EQ(check_refusal("id: 'a' " + probe), "health_checks[0]." + message);
}

TEST(Translate, RefusesTimingThatWouldDoNothingOrNotFit) {
  const std::string http = "id: 'a' http { ip_address: '192.0.2.1' } ";
  EXPECT_EQ(check_refusal(http + "rise: 11"),
            "health_checks[0].rise: 11 is not allowed; use 1 to 10");
  EXPECT_EQ(check_refusal(http + "fall: 0"),
            "health_checks[0].fall: 0 is not allowed; use 1 to 10");
  EXPECT_EQ(
      check_refusal(http + "request_interval: 1 confirm_after_milliseconds: 1000"),
      "health_checks[0].confirm_after_milliseconds: 1000 is not allowed; use 100 to 60000, and "
      "less than the interval");
  EXPECT_EQ(check_refusal("id: 'a' recovery_control {} failure_threshold: 1"),
            "health_checks[0].failure_threshold: is of no use; this check is not probed");
  EXPECT_EQ(check_refusal("id: 'a' calculated {} request_interval: 10"),
            "health_checks[0].request_interval: is of no use; this check is not probed");
}

TEST(Translate, GivesEveryKindOfCheckBackAsItCame) {
  const std::string target = "ip_address: '192.0.2.1' fully_qualified_domain_name: 'a.example' ";
  const std::string tls =
      "tls { enable_sni: false verify_certificate: true certificate_warning_days: 30 } ";
  const std::vector<std::string> probes{
      "http { " + target +
          "port: 8080 resource_path: '/x' method: 'POST' headers { name: 'A' "
          "value: 'b' } expected_status_codes: '204' expected_status_codes: '400-404' "
          "search_string: "
          "'up' search_pattern: 'u.' }",
      "https { " + target + "port: 8443 resource_path: '/' method: 'GET' " + tls + "}",
      "tcp { " + target + "port: 25 " + tls + "send: 'NOOP\\r\\n' expect: '250' }",
      "dns { " + target +
          "port: 5353 query_name: 'a.example.' query_type: 'MX' expected_rcode: "
          "'NOERROR' expected_records: '10 mail.example.' }",
      "grpc { " + target + "port: 50051 service: 'shop.Cart' " + tls + "}",
      "icmp { " + target + "}",
      "command { command: 'check' command: 'a b' timeout_seconds: 5 }",
      "calculated { child_health_checks: 'b' child_health_checks: 'c' health_threshold: 1 }",
      "metric { " + target + "port: 9091 resource_path: '/q' " + tls +
          "query: 'up' comparison: "
          "LESS_THAN_OR_EQUAL threshold: 0.5 insufficient_data_health_status: UNHEALTHY_STATUS }",
      "recovery_control {}"};
  for (const std::string& probe : probes) {
    const bool probed = !probe.starts_with("calculated") && !probe.starts_with("recovery");
    const std::string timing = probed ? "request_interval: 10 failure_threshold: 2 rise: 4 fall: 5 "
                                        "confirm_after_milliseconds: 500 "
                                      : "";
    v1::HealthCheck before;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString("id: 'a' " + timing + probe, &before))
        << probe;
    const auto check = from_proto(before, "check");
    ASSERT_TRUE(check.ok()) << probe << ": " << check.status();
    v1::HealthCheck after;
    to_proto(**check, after);
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equivalent(before, after))
        << before.DebugString() << after.DebugString();
  }
}

TEST(Translate, JoinsSeveralErrors) {
  EXPECT_EQ(refusal(zone_with("record_sets { name: 'a' type: 'A' } record_sets { name: 'b' }")),
            "zones[0].record_sets[0].records: is empty; give at least one value; "
            "zones[0].record_sets[1].type: is missing; use for example A");
}

TEST(DesiredState, MakesSoaAndNameServersOfTheApex) {
  const auto state = read(
      "zones { name: 'Example.COM.' name_servers: 'ns1.example.net' name_servers: "
      "'ns2.example.net.' hostmaster: 'dns.team@example.org' }");
  ASSERT_TRUE(state.ok()) << state.status();
  const DesiredZone& zone = state->zones.at(0);
  EXPECT_EQ(zone.apex.text(), "example.com.");
  const auto& ns = *zone.groups.find(name("example.com."), dns::RRType::kNs);
  EXPECT_EQ(ns.sets[0].ttl, 172800u);
  EXPECT_EQ(dns::format_rdata(dns::RRType::kNs, ns.sets[0].rdata.at(1)), "ns2.example.net.");
  const auto& soa = *zone.groups.find(name("example.com."), dns::RRType::kSoa);
  EXPECT_EQ(soa.sets[0].ttl, 900u);
  EXPECT_EQ(dns::format_rdata(dns::RRType::kSoa, soa.sets[0].rdata.at(0)),
            "ns1.example.net. dns\\.team.example.org. 0 7200 900 1209600 300");
}

TEST(DesiredState, AsksForNameServersWhereThereAreNone) {
  EXPECT_EQ(refusal("zones { name: 'example.com' }"),
            "zones[0].name_servers: zone example.com. has no name servers; add name_servers, or an "
            "NS record set at \"@\"");
  EXPECT_EQ(refusal("zones { name: 'example.com' name_servers: '.' }"),
            "zones[0].name_servers[0]: \".\" is not a host name; use for example ns1.example.com");
}

TEST(DesiredState, LimitsComments) {
  EXPECT_EQ(refusal("zones { name: 'example.com' name_servers: 'ns1' comment: '" +
                    std::string(257, 'x') + "' }"),
            "zones[0].comment: has 257 characters; use at most 256");
}

TEST(DesiredState, AddsUpAZoneThatIsSplitOverMessages) {
  DesiredStateReader reader;
  ASSERT_TRUE(
      reader.add(config(zone_with("record_sets { name: 'a' type: 'A' records: '192.0.2.1' }")))
          .ok());
  ASSERT_TRUE(reader
                  .add(config("zones { name: 'example.com' record_sets { name: 'b' type: 'A' "
                              "records: '192.0.2.2' } record_sets { name: 'c' type: 'A' } }"))
                  .ok());
  EXPECT_EQ(reader.finish().status().message(),
            "zones[0].record_sets[2].records: is empty; give at least one value");
}

TEST(Translate, GivesBackEveryRecordSetThatItTook) {
  const std::string text = zone_with(
      "record_sets { name: '@' type: 'MX' ttl: 5 records: '10 mail' } "
      "record_sets { name: '*.Sub' type: 'TXT' records: '\"a b\"' records: '\"c\"' } "
      "record_sets { name: 'api' type: 'A' ttl: 60 records: '192.0.2.1' set_identifier: 'two' "
      "weighted { weight: 255 } health_check_id: 'h' distribution: DISTRIBUTION_STICKY } "
      "record_sets { name: 'api' type: 'A' ttl: 60 records: '192.0.2.2' set_identifier: 'one' "
      "weighted { weight: 0 } distribution: DISTRIBUTION_STICKY } "
      "record_sets { name: 'f' type: 'AAAA' records: '2001:db8::1' set_identifier: 'p' "
      "failover { role: PRIMARY } health_check_id: 'h' } "
      "record_sets { name: 'f' type: 'AAAA' records: '2001:db8::2' set_identifier: 's' "
      "failover { role: SECONDARY } } "
      "record_sets { name: 'm' type: 'A' records: '192.0.2.1' set_identifier: 'a' multivalue {} "
      "health_check_id: 'h' fail_mode: FAIL_MODE_CLOSED } "
      "record_sets { name: 'm' type: 'A' records: '192.0.2.9' set_identifier: 'sorry' "
      "multivalue {} last_resort: true fail_mode: FAIL_MODE_CLOSED } ");
  const auto state = read(text);
  ASSERT_TRUE(state.ok()) << state.status();
  const DesiredZone& zone = state->zones.at(0);
  EXPECT_EQ(zone.groups.size(), 7u);  // with SOA and NS
  v1::Config written;
  v1::Zone& out = *written.add_zones();
  out.set_name("example.com");
  for (const DesiredGroups::Entry& entry : zone.groups) {
    for (std::size_t i = 0; i < entry.group->sets.size(); ++i) {
      to_proto(*entry.group, i, entry.owner, zone.apex, *out.add_record_sets());
    }
  }
  DesiredStateReader reader;
  ASSERT_TRUE(reader.add(written).ok());
  const auto again = reader.finish();
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->zones.at(0).groups.size(), zone.groups.size());
  for (const DesiredGroups::Entry& entry : zone.groups) {
    const model::RecordGroup* same = again->zones.at(0).groups.find(entry.owner, entry.type);
    ASSERT_NE(same, nullptr) << entry.owner.text();
    EXPECT_EQ(*same, *entry.group) << entry.owner.text();
  }
}

TEST(Translate, WritesOwnerNamesRelativeToTheApex) {
  EXPECT_EQ(relative_name(name("example.com."), name("example.com.")), "@");
  EXPECT_EQ(relative_name(name("a.b.example.com."), name("example.com.")), "a.b");
  EXPECT_EQ(relative_name(name("com."), name(".")), "com");
}

TEST(SoaSerial, ComparesInSerialNumberArithmetic) {
  EXPECT_TRUE(dns::serial_is_ahead(1, 0));
  EXPECT_TRUE(dns::serial_is_ahead(0, 0xffffffffu));
  EXPECT_FALSE(dns::serial_is_ahead(0xffffffffu, 0));
  EXPECT_FALSE(dns::serial_is_ahead(5, 5));
  EXPECT_FALSE(dns::serial_is_ahead(0x80000000u, 0));
}

}  // namespace
}  // namespace signpost::control
