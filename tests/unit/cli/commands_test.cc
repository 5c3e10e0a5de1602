#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/cli/command_run.h"

namespace signpost::cli {
namespace {

template <typename Message>
Message parse(const std::string& text) {
  Message message;
  fill(text, message);
  return message;
}

class Commands : public testing::Test {
 protected:
  Result run(std::vector<std::string> arguments, Terminals terminals = {}) {
    return run_against(daemon_, std::move(arguments), terminals);
  }

  void plan_something() {
    daemon_.planned = parse<v1::PlanResponse>(R"(
      generation: 7
      summary { added: 1 changed: 1 removed: 1 }
      changes { action: ADD subject: "www.example.com. A" after: "300 192.0.2.1" }
      changes { action: CHANGE subject: "api.example.com. A one" before: "60 weighted 50 192.0.2.2"
                after: "60 weighted 60 192.0.2.2" }
      changes { action: REMOVE subject: "health check two" }
      warnings: "api.example.com. A: two has no health check"
    )");
  }

  FakeDaemon daemon_;
  Folder folder_;
};

TEST_F(Commands, PlanShowsEachChangeAndExitsWithThree) {
  plan_something();
  const std::string file = folder_.write("a.yaml", "zones: [{name: example.com}]");
  const Result result = run({"plan", "-f", file});
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.out,
            "+ www.example.com. A  300 192.0.2.1\n"
            "~ api.example.com. A one\n"
            "    before  60 weighted 50 192.0.2.2\n"
            "    after   60 weighted 60 192.0.2.2\n"
            "- health check two\n"
            "1 to add, 1 to change, 1 to remove (generation 7 is served)\n");
  EXPECT_EQ(result.err, "signpost: warning: api.example.com. A: two has no health check\n");
  ASSERT_EQ(daemon_.requests.size(), 1u);
  EXPECT_EQ(daemon_.requests[0].config().zones(0).name(), "example.com");
}

TEST_F(Commands, PlanTellsWhatTheAnswerTableWillNeed) {
  plan_something();
  *daemon_.planned.mutable_forecast() = parse<v1::TableForecast>(R"(
    nodes: 120 nodes_capacity: 262144 cells: 300 cells_capacity: 524288 partitions: 1
    partition_cells: 5 answers: 140 passed_answers: 2)");
  const std::string file = folder_.write("a.yaml", "zones: [{name: example.com}]");
  EXPECT_THAT(run({"plan", "-f", file}).out,
              testing::HasSubstr("(generation 7 is served)\n"
                                 "answer table: 120 of 262144 nodes, 300 of 524288 cells (5 for 1 "
                                 "partition); 2 of 140 answers by the slow path alone\n"));
  EXPECT_TRUE(daemon_.requests.at(0).options().forecast());
  EXPECT_THAT(run({"plan", "-f", file, "-o", "json"}).out,
              testing::HasSubstr("\"nodes_capacity\": \"262144\""));
  *daemon_.planned.mutable_forecast() =
      parse<v1::TableForecast>("nodes: 120 cells: 300 answers: 140");
  EXPECT_THAT(run({"plan", "-f", file}).out,
              testing::HasSubstr("answer table: 120 nodes, 300 cells; without a fast path\n"));
}

TEST_F(Commands, PlanOfNothingExitsWithZero) {
  const Result result = run({"plan", "-f", folder_.write("a.yaml", "")});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "0 to add, 0 to change, 0 to remove (generation 0 is served)\n");
}

TEST_F(Commands, PlanColoursOnTerminalsOnly) {
  plan_something();
  const std::string file = folder_.write("a.yaml", "");
  EXPECT_NE(run({"plan", "-f", file}, {true, true}).out.find("\033[32m+ www"), std::string::npos);
  EXPECT_EQ(run({"plan", "-f", file, "-o", "json"}, {true, true}).out.find('\033'),
            std::string::npos);
}

TEST_F(Commands, ApplyCarriesOutThePlanThatItShowed) {
  plan_something();
  daemon_.applied =
      parse<v1::ApplyResponse>("generation: 8 summary { added: 1 changed: 1 removed: 1 }");
  const std::string file = folder_.write("a.yaml", "health_checks: [{id: one}]");
  const Result result = run({"apply", "-f", file, "--prune", "--comment", "more weight"});
  EXPECT_EQ(result.code, 0);
  EXPECT_NE(result.out.find("+ www.example.com. A  300 192.0.2.1\n"), std::string::npos);
  EXPECT_NE(result.out.find("\n1 added, 1 changed, 1 removed; generation 8 is served, after "),
            std::string::npos)
      << result.out;
  ASSERT_EQ(daemon_.requests.size(), 1u);
  const v1::ApplyOptions& options = daemon_.requests[0].options();
  EXPECT_EQ(options.expected_generation(), 7u);
  EXPECT_EQ(options.comment(), "more weight");
  EXPECT_TRUE(options.prune());
  EXPECT_FALSE(options.force() || options.adopt() || options.manage_by_api());
  EXPECT_EQ(daemon_.requests[0].config().health_checks(0).id(), "one");
}

TEST_F(Commands, ApplyTellsHowLongFailoverTakesNowAndWhereTheTtlUndoesACheck) {
  plan_something();
  daemon_.applied = parse<v1::ApplyResponse>(R"(
    generation: 8 summary { changed: 1 } warnings: "api: the TTL is too long"
    failover_times { name: "api.example.com." type: "A" health_check_id: "web"
      detection_milliseconds: 22000 publishing_milliseconds: 20 ttl_seconds: 600
      total_seconds: 622.02 })");
  const Result result = run({"apply", "-f", folder_.write("a.yaml", "")});
  EXPECT_NE(result.out.find("\n\nFrom a failure until the last client has moved\n"
                            "  api.example.com. A  within 622.02 s at worst: check web notices "
                            "within 22 s, published in 0.02 s, TTL 600 s\n"),
            std::string::npos)
      << result.out;
  EXPECT_EQ(result.err, "signpost: warning: api: the TTL is too long\n");
}

TEST_F(Commands, ErrorsOfTheDaemonAreGivenTheirPlaceInTheFiles) {
  daemon_.refusal = {grpc::StatusCode::INVALID_ARGUMENT, "zones[0].record_sets[0].ttl: too large"};
  const std::string file = folder_.write(
      "a.yaml", "zones:\n- name: example.com\n  record_sets:\n  - name: www\n    ttl: 9\n");
  for (const char* command : {"plan", "apply"}) {
    const Result result = run({command, "-f", file});
    EXPECT_EQ(result.code, 1);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, "signpost: " + file + ":5: zones[0].record_sets[0].ttl: too large\n");
  }
}

TEST_F(Commands, ErrorsAboutNamesAreFollowedByTheirPlaces) {
  const std::string message =
      "[RRSet of type CNAME with DNS name WWW.example.com. is not permitted as it conflicts with "
      "other records with the same DNS name in zone example.com.]";
  daemon_.refusal = {grpc::StatusCode::INVALID_ARGUMENT, message};
  const std::string file = folder_.write("a.yaml",
                                         "zones:\n- name: example.com\n  record_sets:\n"
                                         "  - {name: www, type: A}\n"
                                         "  - {name: mail, type: A}\n"
                                         "  - {name: www.example.com., type: CNAME}\n");
  EXPECT_EQ(run({"plan", "-f", file}).err, "signpost: " + message + "\n" + file +
                                               ":4: www.example.com. A\n" + file +
                                               ":6: www.example.com. CNAME\n");
}

TEST_F(Commands, ErrorsAboutPlacesAreFollowedByTheRecordSetsThatNameThem) {
  const std::string file = folder_.write(
      "a.yaml",
      "zones:\n- name: example.com\n  record_sets:\n"
      "  - {name: a, type: A, set_identifier: x, latency: {region: eu-nowhere-1}}\n"
      "  - {name: b, type: A, set_identifier: x, latency: {region: eu-central-1}}\n"
      "  - {name: c, type: A, set_identifier: x, geolocation: {country_code: US, "
      "subdivision_code: ZZ}}\n"
      "  - {name: d, type: A, set_identifier: x, geolocation: {continent_code: ZZ}}\n"
      "  - {name: e, type: A, set_identifier: x, geoproximity: {aws_region: eu-nowhere-1}}\n"
      "  - {name: f, type: A, set_identifier: x, multivalue: {}, alias_target: {dns_name: a}}\n");
  for (const auto& [message, place] : {
           std::pair("Cannot find region 'eu-nowhere-1'. No changes made.", ":4: a.example.com."),
           std::pair("Cannot find location: 'country = US subdivision = ZZ'. No changes made.",
                     ":6: c.example.com."),
           std::pair("Cannot find location: 'continent = ZZ'. No changes made.",
                     ":7: d.example.com."),
           std::pair("Cannot find GeoProximityLocation with AWSRegion = eu-nowhere-1. No changes "
                     "made.",
                     ":8: e.example.com."),
           std::pair("Multivalue answer rrset should not be an alias rrset. No changes made.",
                     ":9: f.example.com."),
       }) {
    const std::string whole = absl::StrCat("[", message, "]");
    daemon_.refusal = {grpc::StatusCode::INVALID_ARGUMENT, whole};
    EXPECT_EQ(run({"plan", "-f", file}).err,
              absl::StrCat("signpost: ", whole, "\n", file, place, " A x\n"));
  }
}

TEST_F(Commands, NothingIsSentOfAFileWithAnError) {
  const std::string file = folder_.write("a.yaml", "zones: 7");
  const Result result = run({"apply", "-f", file});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err, "signpost: " + file + ":1: zones: expected a list, got one value\n");
  EXPECT_TRUE(daemon_.requests.empty());
}

TEST_F(Commands, ExplainDrawsTheStepsAndTheShares) {
  daemon_.explanation = parse<v1::ExplainResponse>(R"(
    name: "api.example.com." type: "A" zone: "example.com." rcode: "NOERROR" outcome: "ANSWER"
    generation: 3 table_generation: 5 fast_path: true ring_slots: 10
    steps { depth: 0 text: "zone example.com. holds the name" }
    steps { depth: 1 text: "weighted: 2 of 2 sets are healthy" }
    variants { choice: "one" share_numerator: 7 share_denominator: 10 answers_given: 42
               answer: "api.example.com. 60 A 192.0.2.1" }
    variants { choice: "two" share_numerator: 3 share_denominator: 10
               answer: "api.example.com. 60 A 192.0.2.2" }
  )");
  const Result result = run({"explain", "api.example.com", "A", "--client", "203.0.113.7"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out,
            "api.example.com. A  NOERROR, answer\n"
            "  zone        example.com.\n"
            "  client      203.0.113.7\n"
            "  scope       /0: the same for clients everywhere\n"
            "  generation  3, answer table 5\n"
            "  fast path   yes\n"
            "  ring        10 slots, handed out in turn, shares exact\n"
            "\n"
            "steps\n"
            "  zone example.com. holds the name\n"
            "    weighted: 2 of 2 sets are healthy\n"
            "\n"
            "answers\n"
            "  70.0 % (7/10)  one, given 42 times\n"
            "    answer      api.example.com. 60 A 192.0.2.1\n"
            "  30.0 % (3/10)  two\n"
            "    answer      api.example.com. 60 A 192.0.2.2\n");
}

TEST_F(Commands, StatusShowsTheShareOfTheFastPath) {
  daemon_.state = parse<v1::GetStatusResponse>(R"(
    version: "0.1.0" generation: 3 table_generation: 5 started { seconds: 1785765909 }
    activated { seconds: 1785765910 } listen: "192.0.2.53:53" listen: "[2001:db8::53]:53"
    zones: 1 owner_names: 12 record_sets: 31 health_checks: 3
    fast_path { mode: GENERIC interfaces { name: "eth0" mode: NATIVE }
                interfaces { name: "eth1" mode: GENERIC mode_reason: "the driver has no XDP" }
                reasons { reason: "answered" help: "a positive answer was sent" packets: 900 }
                reasons { reason: "nxdomain" help: "NXDOMAIN was sent, with the SOA" packets: 50 }
                reasons { reason: "qtype" help: "ANY, transfer or another meta type" packets: 7 }
                reasons { reason: "class" help: "QCLASS is not IN" }
                nodes_used: 30 nodes_capacity: 1000 cells_used: 5 cells_capacity: 10 }
    slow_path { udp_queries: 49 tcp_queries: 1 truncated: 2 tcp_connections_open: 1 }
  )");
  const Result result = run({"status"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out,
            "version           0.1.0\n"
            "generation        3, answer table 5, active since 2026-08-03 14:05:10Z\n"
            "started           2026-08-03 14:05:09Z\n"
            "listens on        192.0.2.53:53, [2001:db8::53]:53\n"
            "holds             1 zone, 31 record sets of 12 owner names, 3 health checks\n"
            "interface         eth0, native XDP\n"
            "interface         eth1, generic XDP: the driver has no XDP\n"
            "nodes             30 of 1000 (3.0 %)\n"
            "cells             5 of 10 (50.0 %)\n"
            "fast path share   95.0 % of 1000 answers\n"
            "slow path         49 by UDP, 1 by TCP, 2 truncated, 1 TCP connection open\n"
            "\n"
            "FAST PATH  PACKETS  MEANING\n"
            "answered       900  a positive answer was sent\n"
            "nxdomain        50  NXDOMAIN was sent, with the SOA\n"
            "qtype            7  passed: ANY, transfer or another meta type\n");
}

TEST_F(Commands, ExplainTellsHowFarTheSharesAreFromTheWeights) {
  daemon_.explanation = parse<v1::ExplainResponse>(R"(
    name: "api.example.com." type: "A" rcode: "NOERROR" outcome: "ANSWER" ring_slots: 4096
    distribution: DISTRIBUTION_STICKY share_error: 0.0025
    variants { choice: "one" share_numerator: 1032 share_denominator: 4096 wanted_share: 0.25 }
    variants { choice: "two" share_numerator: 3064 share_denominator: 4096 wanted_share: 0.75 })");
  const std::string out = run({"explain", "api.example.com", "A"}).out;
  EXPECT_THAT(out, testing::HasSubstr(
                       "  ring        4096 slots, the same for the same client prefix, shares off "
                       "by at most 0.25 points\n"));
  EXPECT_THAT(out, testing::HasSubstr("  25.2 % (1032/4096), 25 % wanted  one\n"));
  EXPECT_THAT(run({"explain", "api.example.com", "A", "-o", "json"}).out,
              testing::HasSubstr("\"wanted_share\": 0.25"));
}

TEST_F(Commands, ExplainMarksTheClientsAnswerOfAStickyRing) {
  daemon_.explanation = parse<v1::ExplainResponse>(R"(
    name: "cart.example.com." type: "A" rcode: "NOERROR" outcome: "ANSWER" ring_slots: 4096
    distribution: DISTRIBUTION_STICKY
    variants { choice: "one" share_numerator: 1 share_denominator: 4 }
    variants { choice: "two" share_numerator: 3 share_denominator: 4 for_this_client: true })");
  const std::string out = run({"explain", "cart.example.com", "A", "--client", "192.0.2.7"}).out;
  EXPECT_THAT(out, testing::HasSubstr("  25.0 % (1/4)  one\n"));
  EXPECT_THAT(out, testing::HasSubstr("  75.0 % (3/4), this client's  two\n"));
}

TEST_F(Commands, GetRecordsReadsAllPages) {
  daemon_.record_pages = {parse<v1::ListRecordSetsResponse>(R"(
    record_sets { name: "@" type: "MX" ttl: 300 records: "10 mail1" records: "20 mail2" })"),
                          parse<v1::ListRecordSetsResponse>(R"(
    record_sets { name: "api" type: "A" ttl: 60 set_identifier: "one" health_check_id: "primary"
                  weighted { weight: 50 } records: "192.0.2.1" })")};
  EXPECT_EQ(run({"get", "records", "example.com"}).out,
            "NAME  TYPE  TTL  POLICY       SET  HEALTH CHECK  RECORDS\n"
            "@     MX    300  simple       -    -             10 mail1, 20 mail2\n"
            "api   A      60  weighted 50  one  primary       192.0.2.1\n");
  EXPECT_NE(run({"get", "records", "example.com", "-o", "yaml"}).out.find("weighted: {weight: 50}"),
            std::string::npos);
}

TEST_F(Commands, GetRecordsTellsWhatDepartsFromTheUsualRules) {
  daemon_.record_pages = {parse<v1::ListRecordSetsResponse>(R"(
    record_sets { name: "api" type: "A" ttl: 60 set_identifier: "one" weighted { weight: 50 }
                  distribution: DISTRIBUTION_STICKY fail_mode: FAIL_MODE_CLOSED records: "192.0.2.1" }
    record_sets { name: "api" type: "A" ttl: 60 set_identifier: "two" weighted { weight: 0 }
                  distribution: DISTRIBUTION_STICKY fail_mode: FAIL_MODE_CLOSED last_resort: true
                  records: "192.0.2.2" }
    record_sets { name: "web" type: "A" ttl: 60 set_identifier: "one" multivalue {}
                  distribution: DISTRIBUTION_RANDOM fail_mode: FAIL_MODE_OPEN
                  records: "192.0.2.3" })")};
  EXPECT_EQ(
      run({"get", "records", "example.com"}).out,
      R"(NAME  TYPE  TTL  POLICY                                         SET  HEALTH CHECK  RECORDS
api   A      60  weighted 50, sticky, fails closed              one  -             192.0.2.1
api   A      60  weighted 0, last resort, sticky, fails closed  two  -             192.0.2.2
web   A      60  multivalue, random                             one  -             192.0.2.3
)");
}

TEST_F(Commands, GetZonesHealthAndHistoryAreTables) {
  daemon_.zones = parse<v1::ListZonesResponse>(R"(
    zones { name: "example.com." record_set_count: 31 soa_serial: 7 manager: ZONE_MANAGER_FILES
            tags: "site=lon" })");
  EXPECT_EQ(run({"get", "zones"}).out,
            "ZONE          RECORD SETS  SERIAL  MANAGER  TAGS      COMMENT\n"
            "example.com.           31       7  files    site=lon\n");
  daemon_.health = parse<v1::ListHealthResponse>(R"(
    items { id: "primary" target: "http://192.0.2.1:80/health" status: UNHEALTHY
            since { seconds: 1785765909 } last_result: "Failure: timeout" probes: 9 failures: 3 flips: 1
            dependents: "a A" dependents: "b A" dependents: "c A" dependents: "d A"
            dependent_count: 70 })");
  EXPECT_EQ(
      run({"health"}).out,
      "HEALTH CHECK  STATUS     SINCE                 FLIPS  PROBES  FAILURES  LATENCY  TARGET   "
      "                   LAST RESULT       DEPENDENTS\n"
      "primary       unhealthy  2026-08-03 14:05:09Z      1       9         3     0 ms  "
      "http://192.0.2.1:80/health  Failure: timeout  a A, b A, c A and 67 more\n");
  daemon_.items = parse<v1::ListHistoryResponse>(R"(
    items { generation: 2 time { seconds: 1785765910 } author: "uid 0" comment: "more"
            summary { changed: 1 } }
    items { generation: 1 time { seconds: 1785765909 } author: "uid 0" summary { added: 30 } })");
  EXPECT_EQ(run({"history", "-n", "1"}).out,
            "GENERATION  TIME                  ADDED  CHANGED  REMOVED  AUTHOR  COMMENT\n"
            "         2  2026-08-03 14:05:10Z      0        1        0  uid 0   more\n");
}

TEST_F(Commands, ExportJoinsPartsAndWritesWhatApplyReads) {
  daemon_.exported = {parse<v1::Config>(R"(
    zones { name: "example.com." manager: ZONE_MANAGER_API comment: "shop"
            record_sets { name: "a" type: "A" ttl: 300 records: "192.0.2.1" } })"),
                      parse<v1::Config>(R"(
    zones { name: "example.com." record_sets { name: "b" type: "A" ttl: 300 records: "192.0.2.2" } }
    health_checks { id: "one" tcp { ip_address: "192.0.2.1" port: 443 } })")};
  const Result result = run({"export"});
  EXPECT_EQ(result.out,
            "zones:\n"
            "  - name: example.com.\n"
            "    comment: shop\n"
            "    record_sets:\n"
            "      - name: a\n        type: A\n        ttl: 300\n        records:\n"
            "          - 192.0.2.1\n"
            "      - name: b\n        type: A\n        ttl: 300\n        records:\n"
            "          - 192.0.2.2\n"
            "health_checks:\n"
            "  - id: one\n"
            "    tcp: {ip_address: 192.0.2.1, port: 443}\n");
  EXPECT_EQ(run({"plan", "-f", folder_.write("a.yaml", result.out)}).code, 0);
}

TEST_F(Commands, ZoneImportSendsAFolderAsOneBatch) {
  daemon_.applied = parse<v1::ApplyResponse>("generation: 2 summary { added: 6 }");
  const char* records =
      "@ 60 IN SOA ns1 host 1 7200 900 1209600 300\n@ 60 IN NS ns1\nns1 60 IN A 192.0.2.53\n";
  folder_.write("zones/a.example.zone", records);
  folder_.write("zones/b.example.zone", records);
  const Result result = run({"zone", "import", folder_.path("zones")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(
      result.out.rfind(
          "2 zones, 6 records read\n6 added, 0 changed, 0 removed; generation 2 is served", 0),
      0u)
      << result.out;
  ASSERT_EQ(daemon_.requests.size(), 1u);
  EXPECT_TRUE(daemon_.requests[0].options().manage_by_api());
  EXPECT_EQ(daemon_.requests[0].config().zones(1).name(), "b.example.");
}

TEST_F(Commands, ZoneImportOfABrokenFileNamesItsLine) {
  folder_.write("zones/a.example.zone", "@ 60 IN SOA ns1 host 1 7200 900 1209600 300\n");
  const std::string bad = folder_.write("zones/b.example.zone", "@ 60 IN SOA ns1\n");
  const Result result = run({"zone", "import", folder_.path("zones")});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err.rfind("signpost: " + bad + ":1: ", 0), 0u) << result.err;
}

TEST_F(Commands, ZoneCheckTellsEachFindingWithItsLineAndAsksNoDaemon) {
  const char* records = "@ 60 IN SOA ns1 host 1 7200 900 1209600 300\n@ 60 IN NS ns1\n";
  const std::string bad = folder_.write("zones/a.example.zone", records);
  const Result failed = run_with({"zone", "check", folder_.path("zones")});
  EXPECT_EQ(failed.code, 1);
  EXPECT_EQ(failed.out, bad +
                            ":2: error: a.example. NS ns1.a.example. has no address; add its A or "
                            "AAAA record\n1 file, 2 records: 1 error, 0 warnings\n");
  const std::string good =
      folder_.write("b.example.zone", std::string(records) + "ns1 60 IN A 192.0.2.53\n");
  const Result passed = run_with({"zone", "check", good});
  EXPECT_EQ(passed.code, 0) << passed.err;
  EXPECT_EQ(passed.out, "1 file, 3 records: 0 errors, 0 warnings\n");
}

TEST_F(Commands, RecordSetAndDeleteChangeOneRecordSet) {
  daemon_.applied = parse<v1::ApplyResponse>("generation: 2 summary { changed: 1 }");
  daemon_.record_pages = {
      parse<v1::ListRecordSetsResponse>(
          R"(record_sets { name: "a" type: "A" records: "192.0.2.1" })"),
      parse<v1::ListRecordSetsResponse>(
          R"(record_sets { name: "www" type: "A" ttl: 60 records: "192.0.2.2" })")};
  EXPECT_EQ(run({"record", "set", "example.com", "www", "A", "60", "192.0.2.1", "192.0.2.2"}).code,
            0);
  EXPECT_EQ(run({"record", "delete", "example.com", "www.example.com.", "a"}).code, 0);
  ASSERT_EQ(daemon_.changes.size(), 2u);
  EXPECT_EQ(daemon_.changes[0].changes(0).action(), v1::RecordSetChange::UPSERT);
  EXPECT_EQ(daemon_.changes[0].changes(0).record_set().records_size(), 2);
  EXPECT_EQ(daemon_.changes[1].changes(0).action(), v1::RecordSetChange::DELETE);
  EXPECT_EQ(daemon_.changes[1].changes(0).record_set().records(0), "192.0.2.2");
  const Result missing = run({"record", "delete", "example.com", "mail", "A"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.err,
            "signpost: no record set mail.example.com. A in the zone example.com.; `signpost get "
            "records example.com` lists them\n");
}

TEST_F(Commands, RollbackAndDiffTellWhatChanged) {
  plan_something();
  daemon_.applied = parse<v1::ApplyResponse>("generation: 9");
  EXPECT_EQ(run({"rollback", "3"}).out, "nothing to change; generation 9 is served\n");
  const Result result = run({"diff", "1", "2"});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(result.out.ends_with("1 added, 1 changed, 1 removed\n")) << result.out;
}

TEST(CommandLine, SaysThatTheDaemonIsNotThere) {
  const Folder folder;
  const std::string server = "unix://" + folder.path("none.sock");
  const Result result = run_with({"status", "--server", server});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err, "signpost: cannot reach signpostd at " + server +
                            ": No such file or directory; is it running? (`systemctl status "
                            "signpostd`)\n");
}

TEST(CommandLine, ExitsWithTwoOnWrongUse) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {},
           {"fly"},
           {"plan"},
           {"plan", "-f", "a.yaml", "--no-such-option"},
           {"get", "zones", "-o", "xml"},
           {"explain", "example.com"},
           {"record", "set", "example.com", "www", "A", "soon", "192.0.2.1"}}) {
    const Result result = run_with(arguments);
    EXPECT_EQ(result.code, 2) << testing::PrintToString(arguments);
    EXPECT_EQ(result.err.rfind("signpost: ", 0), 0u) << result.err;
  }
}

TEST(CommandLine, PrintsNoControlCharactersOfAFile) {
  const std::string fields =
      "zones, health_checks, cidr_collections, place_overrides, regions, traffic_policies, "
      "notice_receivers, guards, views, forward_rules, tsig_keys, zone_access, "
      "secondary_zones";
  const Folder folder;
  const std::string file = folder.write("a.yaml", "\"\\e[31m\": 7\n\"b\": 8\n");
  const Result result = run_with({"plan", "-f", file});
  EXPECT_EQ(result.err, "signpost: " + file + ":1: ?[31m: unknown field; known fields are " +
                            fields + "\n" + file + ":2: b: unknown field; known fields are " +
                            fields + "\n");
}

TEST(CommandLine, HelpIsNoError) {
  const Result result = run_with({"plan", "--help"});
  EXPECT_EQ(result.code, 0);
  EXPECT_NE(result.out.find("--prune"), std::string::npos);
  EXPECT_EQ(result.err, "");
}

}  // namespace
}  // namespace signpost::cli
