#include "signpost/message_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "signpost/v1/config.pb.h"

namespace signpost::cli {
namespace {

struct Outcome {
  v1::Config config;
  SourceMap sources{v1::Config::descriptor()};
  absl::Status status;
};

Outcome read(const std::string& text) {
  Outcome outcome;
  outcome.status = read_message(text, "shop.yaml", outcome.config, outcome.sources);
  return outcome;
}

std::string error(const std::string& text) { return std::string(read(text).status.message()); }

// A zone whose one record set has these further lines.
std::string record_set(const std::string& lines) {
  return "zones:\n  - name: example.com\n    record_sets:\n      - name: www\n" + lines;
}

TEST(MessageReader, ReadsEveryKindOfField) {
  const Outcome outcome = read(R"(
zones:
  - name: example.com
    record_sets:
      - name: api
        type: A
        ttl: 60
        set_identifier: one
        weighted: {weight: 255}
        distribution: sticky
        records: [192.0.2.1, 192.0.2.2]
      - {name: near, type: A, geoproximity: {coordinates: {latitude: -1.5, longitude: 2}, bias: -99}}
      - {name: main, type: A, failover: {role: PRIMARY}}
      - {name: all, type: A, multivalue: {}}
      - name: plain
        simple:
health_checks:
  - {id: one, tcp: {ip_address: "2001:db8::1", port: 443}, inverted: true}
)");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  const v1::Zone& zone = outcome.config.zones(0);
  EXPECT_EQ(zone.record_sets(0).ttl(), 60u);
  EXPECT_EQ(zone.record_sets(0).weighted().weight(), 255u);
  EXPECT_EQ(zone.record_sets(0).distribution(), v1::DISTRIBUTION_STICKY);
  EXPECT_EQ(zone.record_sets(0).records(1), "192.0.2.2");
  EXPECT_EQ(zone.record_sets(1).geoproximity().coordinates().latitude(), -1.5);
  EXPECT_EQ(zone.record_sets(1).geoproximity().bias(), -99);
  EXPECT_EQ(zone.record_sets(2).failover().role(), v1::PRIMARY);
  EXPECT_TRUE(zone.record_sets(3).has_multivalue());
  EXPECT_TRUE(zone.record_sets(4).has_simple());
  EXPECT_EQ(outcome.config.health_checks(0).tcp().port(), 443u);
  EXPECT_TRUE(outcome.config.health_checks(0).inverted());
}

TEST(MessageReader, ReadsJson) {
  const Outcome outcome = read(
      "{\"zones\": [{\"name\": \"example.com\", \"record_sets\": [\n"
      "  {\"name\": \"www\", \"type\": \"TXT\", \"ttl\": 5, \"records\": "
      "[\"\\\"caf\\u00e9\\\"\"]}]}]}");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.config.zones(0).record_sets(0).records(0), "\"café\"");
}

TEST(MessageReader, KeepsTextThatYamlWouldReadAsSomethingElse) {
  const Outcome outcome = read(R"(
zones:
  - name: 2026-08-03
    comment: yes
    name_servers: [NO, 1e3, 0x10, 12:30:45, "null"]
)");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  const v1::Zone& zone = outcome.config.zones(0);
  EXPECT_EQ(zone.name(), "2026-08-03");
  EXPECT_EQ(zone.comment(), "yes");
  EXPECT_EQ(zone.name_servers(0), "NO");
  EXPECT_EQ(zone.name_servers(1), "1e3");
  EXPECT_EQ(zone.name_servers(2), "0x10");
  EXPECT_EQ(zone.name_servers(3), "12:30:45");
  EXPECT_EQ(zone.name_servers(4), "null");
}

TEST(MessageReader, NamesAnUnknownFieldItsPlaceAndWhatWasMeant) {
  EXPECT_EQ(
      error(record_set("        tpye: A\n")),
      "shop.yaml:5: zones[0].record_sets[0].tpye: unknown field; known fields are name, type, "
      "ttl, records, set_identifier, health_check_id, simple, weighted, failover, latency, "
      "geolocation, geoproximity, ip_based, multivalue, alias_target, traffic_policy_instance, "
      "distribution, fail_mode, last_resort; did you mean type?");
}

TEST(MessageReader, SuggestsAFieldOneLevelDownAndOneInAnotherStyle) {
  EXPECT_TRUE(error(record_set("        wieght: 50\n")).ends_with("did you mean weighted.weight?"));
  EXPECT_TRUE(
      error(record_set("        SetIdentifier: a\n")).ends_with("did you mean set_identifier?"));
  EXPECT_TRUE(
      error(record_set("        colour: red\n")).ends_with("distribution, fail_mode, last_resort"));
}

TEST(MessageReader, RefusesIllTypedValues) {
  const std::string place = "shop.yaml:5: zones[0].record_sets[0].";
  const auto refusal = [&](const std::string& line) {
    return error(record_set("        " + line));
  };
  EXPECT_EQ(refusal("ttl: soon"),
            place + "ttl: expected a whole number from 0 to 4294967295, got \"soon\"");
  EXPECT_EQ(refusal("ttl: 4294967296"),
            place + "ttl: expected a whole number from 0 to 4294967295, got \"4294967296\"");
  EXPECT_EQ(refusal("ttl: -1"),
            place + "ttl: expected a whole number from 0 to 4294967295, got \"-1\"");
  EXPECT_EQ(refusal("ttl: \"60\""),
            place +
                "ttl: expected a whole number from 0 to 4294967295, got the text \"60\"; remove "
                "the quotes");
  EXPECT_EQ(refusal("ttl:"),
            place + "ttl: expected a whole number from 0 to 4294967295, got nothing");
  EXPECT_EQ(refusal("type: [A]"), place + "type: expected text, got a list");
  EXPECT_EQ(refusal("type: null"), place + "type: expected text, got nothing");
  EXPECT_EQ(refusal("records: 192.0.2.1"), place + "records: expected a list, got one value");
  EXPECT_EQ(refusal("weighted: 50"), place + "weighted: expected fields (weight), got \"50\"");
  EXPECT_EQ(refusal("multivalue: yes"), place + "multivalue: expected {}, got \"yes\"");
  EXPECT_EQ(refusal("distribution: fair"),
            place + "distribution: expected one of exact, random, sticky, got \"fair\"");
  EXPECT_EQ(refusal("distribution: unspecified"),
            place + "distribution: expected one of exact, random, sticky, got \"unspecified\"");
  EXPECT_EQ(refusal("alias_target: {evaluate_target_health: yes}"),
            place + "alias_target.evaluate_target_health: expected true or false, got \"yes\"");
  EXPECT_EQ(refusal("geoproximity: {coordinates: {latitude: .nan}}"),
            place + "geoproximity.coordinates.latitude: expected a number, got \".nan\"");
}

TEST(MessageReader, RefusesTextThatIsNotUtf8) {
  for (const char* text : {"\xff", "a\x80", "\xc0\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                           "\xf4\x90\x80\x80", "\xf0\x9f\x98", "\xe2\x82"})
    EXPECT_EQ(error(record_set(std::string("        type: \"") + text + "\"\n")),
              "shop.yaml:5: zones[0].record_sets[0].type: not UTF-8; save the file as UTF-8");
  for (const char* text : {"\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbd", "é"})
    EXPECT_TRUE(read(record_set(std::string("        type: \"") + text + "\"\n")).status.ok());
}

TEST(MessageReader, RefusesAFieldGivenTwice) {
  EXPECT_EQ(error(record_set("        ttl: 60\n        type: A\n        ttl: 70\n")),
            "shop.yaml:7: zones[0].record_sets[0].ttl: given twice, first in line 5");
}

TEST(MessageReader, RefusesTwoPoliciesInOneRecordSet) {
  EXPECT_EQ(
      error(record_set("        weighted: {weight: 1}\n        failover: {role: primary}\n")),
      "shop.yaml:6: zones[0].record_sets[0].failover: not together with weighted; keep one of "
      "them");
}

TEST(MessageReader, TellsOfSeveralErrorsAtOnceAndOfTenAtMost) {
  EXPECT_EQ(
      error("zones:\n  - nmae: a\n    record_sets: no\nhealth_checks:\n  - 7\n"),
      "shop.yaml:2: zones[0].nmae: unknown field; known fields are name, comment, record_sets, "
      "name_servers, hostmaster, manager, tags; did you mean name?\n"
      "shop.yaml:3: zones[0].record_sets: expected a list, got one value\n"
      "shop.yaml:5: health_checks[0]: expected fields (id, http, tcp, https, dns, grpc, icmp, "
      "command, calculated, metric, recovery_control, request_interval, failure_threshold, "
      "inverted, disabled, rise, fall, confirm_after_milliseconds, tags), got \"7\"");
  std::string text = "zones:\n";
  for (int i = 0; i < 20; ++i) text += "  - 7\n";
  const std::string errors = error(text);
  EXPECT_NE(errors.find("zones[9]"), std::string::npos);
  EXPECT_EQ(errors.find("zones[10]"), std::string::npos);
  EXPECT_TRUE(errors.ends_with("\nshop.yaml: too many errors")) << errors;
}

TEST(MessageReader, NamesTheLineOfASyntaxError) {
  EXPECT_EQ(error("zones:\n  - name: example.com\n   comment: x\n").substr(0, 13), "shop.yaml:3: ");
  EXPECT_EQ(error("{\"zones\": [").substr(0, 13), "shop.yaml:1: ");
}

TEST(MessageReader, TakesAnEmptyFileForNothing) {
  for (const char* text : {"", "\n", "# a comment\n", "---\n", "zones:\nhealth_checks:\n"}) {
    const Outcome outcome = read(text);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_EQ(outcome.config.ByteSizeLong(), 0u);
  }
}

TEST(MessageReader, RefusesWhatIsNoConfigurationAtAll) {
  EXPECT_EQ(
      error("hello"),
      "shop.yaml:1: expected the fields zones, health_checks, cidr_collections, place_overrides, "
      "regions, traffic_policies, notice_receivers, guards, views, forward_rules, "
      "tsig_keys, zone_access, secondary_zones");
  EXPECT_EQ(
      error("- a\n- b\n"),
      "shop.yaml:1: expected the fields zones, health_checks, cidr_collections, place_overrides, "
      "regions, traffic_policies, notice_receivers, guards, views, forward_rules, "
      "tsig_keys, zone_access, secondary_zones");
  EXPECT_EQ(error("? {a: b}\n: c\n"), "shop.yaml:1: expected the name of a field, got fields");
}

TEST(MessageReader, EndsAtATokenThatBeginsNothing) {
  EXPECT_EQ(error(", of those\n"), "shop.yaml:1: no document can begin like this");
  EXPECT_EQ(error("zones: []\n...\n, a\n"), "shop.yaml:3: no document can begin like this");
  EXPECT_TRUE(read("---\n---\n...\n---\n").status.ok());
}

TEST(MessageReader, AddsUpTheDocumentsOfAFile) {
  const Outcome outcome = read("zones: [{name: a.example}]\n---\nzones: [{name: b.example}]\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.config.zones(1).name(), "b.example");
  EXPECT_EQ(outcome.sources.find("zones[1]"), "shop.yaml:3");
}

TEST(MessageReader, PutsTheNodeInThePlaceOfAnAlias) {
  const Outcome outcome = read(R"(
zones:
  - name: example.com
    record_sets:
      - {name: a, type: A, weighted: &half {weight: 50}, records: &hosts [192.0.2.1, &last 192.0.2.2]}
      - {name: b, type: A, weighted: *half, records: *hosts}
      - {name: c, type: A, records: [*last]}
)");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.config.zones(0).record_sets(1).weighted().weight(), 50u);
  EXPECT_EQ(outcome.config.zones(0).record_sets(1).records(1), "192.0.2.2");
  EXPECT_EQ(outcome.config.zones(0).record_sets(2).records(0), "192.0.2.2");
}

TEST(MessageReader, RefusesMergeKeysAndTags) {
  EXPECT_EQ(error("zones:\n  - &a {name: a.example}\n  - <<: *a\n"),
            "shop.yaml:3: zones[1].<<: merge keys are not understood; write the fields out");
  EXPECT_EQ(error("zones:\n  - name: !!binary aGVsbG8=\n"),
            "shop.yaml:2: the tag \"tag:yaml.org,2002:binary\" is not understood; remove it");
}

TEST(MessageReader, BoundsWhatAliasesExpandTo) {
  std::string text = "zones:\n  - name_servers: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    text += "  - &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += alias + (j < 9 ? ", " : "]\n");
  }
  EXPECT_NE(error(text).find("the aliases expand to too much"), std::string::npos) << error(text);
}

TEST(MessageReader, RefusesAnAliasOfItself) {
  EXPECT_EQ(error("zones: &a [*a]\n"), "shop.yaml:1: the alias stands for a node that contains it");
}

TEST(MessageReader, BoundsTheDepth) {
  const std::string deep = "zones: " + std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(error(deep), "shop.yaml:1: nested too deeply");
  std::string block;
  for (int i = 0; i < 2'000; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_NE(error(block).find("shop.yaml:"), std::string::npos);
}

TEST(MessageReader, SurvivesDamagedFiles) {
  const std::string good = record_set(
      "        type: TXT\n        records: ['\"a b\"', \"\\x41\", &x plain, *x]\n"
      "        weighted: {weight: 1} # end\n...\n--- |\n text\n");
  for (std::size_t at = 0; at < good.size(); ++at) {
    read(good.substr(0, at));
    for (const char octet : std::string("\0\xff\t:[{&*!%\"'\n", 12)) {
      std::string damaged = good;
      damaged[at] = octet;
      const absl::Status status = read(damaged).status;
      EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
    }
  }
}

}  // namespace
}  // namespace signpost::cli
