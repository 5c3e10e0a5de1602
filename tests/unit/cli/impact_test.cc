// plan and simulate against a daemon that answers what the test says.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/cli/command_run.h"

namespace signpost::cli {
namespace {

using testing::HasSubstr;

class ImpactCommands : public testing::Test {
 protected:
  void SetUp() override {
    fill(R"(
      generation: 7
      summary { changed: 1 }
      changes { action: CHANGE subject: "api.example.com. A one" before: "weight 50" after: "weight 60" }
    )",
         daemon_.planned);
    fill(R"(
      generation: 7
      weighing: "each locality of which anything is known counts alike"
      answers { name: "api.example.com." type: "A" moved: 0.25
        endpoints { endpoint { outcome: "ANSWER" choice: "one" records: "192.0.2.1" }
                    before: 0.75 after: 0.5 }
        endpoints { endpoint { outcome: "ANSWER" choice: "two" records: "192.0.2.2" records: "192.0.2.3" }
                    before: 0.25 after: 0.4999 }
        endpoints { endpoint { outcome: "NODATA" } after: 0.0001 } }
      failures { what: "check eu" unserved_after: 1 answer { name: "api.example.com." type: "A" moved: 0.5
        endpoints { endpoint { outcome: "ANSWER" choice: "two" records: "192.0.2.2" } before: 1 } } }
      added: 1
      warnings: "api.example.com. A: too much"
    )",
         daemon_.impact);
  }

  Result run(std::vector<std::string> arguments) {
    return run_against(daemon_, std::move(arguments));
  }

  std::string config() { return folder_.write("a.yaml", "zones: [{name: example.com}]"); }

  FakeDaemon daemon_;
  Folder folder_;
};

TEST_F(ImpactCommands, PlanShowsWhoWouldGetAnotherAnswerAfterTheRecords) {
  const Result result = run({"plan", "-f", config()});
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.out,
            "~ api.example.com. A one\n"
            "    before  weight 50\n"
            "    after   weight 60\n"
            "0 to add, 1 to change, 0 to remove (generation 7 is served)\n"
            "\n"
            "Who would get another answer (each locality of which anything is known counts alike)\n"
            "NAME              TYPE   MOVED  ENDPOINT  ANSWER                BEFORE    AFTER\n"
            "api.example.com.  A     25.0 %  one       192.0.2.1             75.0 %   50.0 %\n"
            "                                two       192.0.2.2, 192.0.2.3  25.0 %   50.0 %\n"
            "                                -         NODATA                     -  < 0.1 %\n"
            "\n"
            "What they would get while it fails\n"
            "FAILS     NAME              TYPE     UNSERVED  ENDPOINT  ANSWER      BEFORE  AFTER\n"
            "check eu  api.example.com.  A     - → 100.0 %  two       192.0.2.2  100.0 %      -\n"
            "1 question would be answered that is not now.\n");
  EXPECT_EQ(result.err, "signpost: warning: api.example.com. A: too much\n");
}

TEST_F(ImpactCommands, PlanSendsTheConfigurationTheDemandAndTheCapacities) {
  const std::string demand = folder_.write("d.csv", "prefix,queries\n192.0.2.0/24,5\n::/0,2.5\n");
  run({"plan", "-f", config(), "--prune", "--failures", "--demand", demand, "--capacity",
       "192.0.2.1=900"});
  ASSERT_EQ(daemon_.impact_requests.size(), 2u);
  const v1::PlanImpactRequest& first = daemon_.impact_requests[0];
  EXPECT_TRUE(first.options().failures());
  ASSERT_EQ(first.options().capacities_size(), 1);
  EXPECT_EQ(first.options().capacities(0).endpoint(), "192.0.2.1");
  EXPECT_EQ(first.options().capacities(0).queries_per_second(), 900);
  EXPECT_TRUE(first.plan().options().prune());
  EXPECT_EQ(first.plan().config().zones(0).name(), "example.com");
  const v1::PlanImpactRequest& second = daemon_.impact_requests[1];
  EXPECT_FALSE(second.has_plan());
  ASSERT_EQ(second.demand_size(), 2);
  EXPECT_EQ(second.demand(1).prefix(), "::/0");
  EXPECT_EQ(second.demand(1).queries(), 2.5);
}

TEST_F(ImpactCommands, PlanAsJsonHoldsTheImpactIfItIsAskedFor) {
  const Result plain = run({"plan", "-f", config(), "-o", "json"});
  EXPECT_TRUE(daemon_.impact_requests.empty());
  v1::PlanResponse plan;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(plain.out, &plan).ok()) << plain.out;
  const Result both = run({"plan", "-f", config(), "-o", "json", "--failures"});
  EXPECT_EQ(both.code, 3);
  v1::PlanWithImpact message;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(both.out, &message).ok()) << both.out;
  EXPECT_EQ(message.plan().changes_size(), 1);
  EXPECT_EQ(message.impact().failures(0).what(), "check eu");
}

TEST_F(ImpactCommands, PlanSaysSoIfNobodyGetsAnotherAnswer) {
  daemon_.impact.clear_answers();
  daemon_.impact.clear_failures();
  daemon_.impact.clear_added();
  EXPECT_THAT(run({"plan", "-f", config()}).out,
              HasSubstr("\n\nNobody who gets an answer would get another one.\n"));
}

TEST_F(ImpactCommands, PlanRefusesDemandAndCapacitiesThatItCannotRead) {
  const std::string demand = folder_.write("d.csv", "192.0.2.0/24,x\n");
  Result result = run({"plan", "-f", config(), "--demand", demand});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("d.csv:1: "));
  result = run({"plan", "-f", config(), "--capacity", "192.0.2.1"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("--capacity: "));
  EXPECT_TRUE(daemon_.requests.empty());
}

class SimulateCommand : public ImpactCommands {
 protected:
  void SetUp() override {
    fill(R"(
      generation: 7
      answers { name: "api.example.com." type: "A" queries: 10
        endpoints { endpoint { outcome: "ANSWER" choice: "one" records: "192.0.2.1" } queries: 7.5 }
        endpoints { endpoint { outcome: "ANSWER" choice: "two" records: "192.0.2.2" } queries: 2.5 } }
      answers { name: "*.example.com." type: "AAAA" queries: 2
        endpoints { endpoint { outcome: "NXDOMAIN" } queries: 2 } }
      outcomes { outcome: "ANSWER" queries: 10 }
      outcomes { outcome: "NXDOMAIN" queries: 2 }
      queries: 12
      unlocated: 3
    )",
         daemon_.simulation);
  }
};

TEST_F(SimulateCommand, ShowsTheSharesOfALog) {
  const std::string log = folder_.write("queries.log",
                                        "192.0.2.1 api.example.com A 9\n"
                                        "192.0.2.1 API.example.com A\n"
                                        "- none.example.com AAAA 2\n");
  const Result result = run({"simulate", log, "--down", "eu", "--down", "us"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out,
            "NAME              TYPE  QUERIES  ENDPOINT  ANSWER     COUNT    SHARE\n"
            "api.example.com.  A          10  one       192.0.2.1    7.5   75.0 %\n"
            "                                 two       192.0.2.2    2.5   25.0 %\n"
            "*.example.com.    AAAA        2  -         NXDOMAIN       2  100.0 %\n"
            "12 queries: 10 ANSWER, 2 NXDOMAIN\n"
            "3 of clients of whom nothing is known (25.0 %)\n");
  ASSERT_EQ(daemon_.simulate_requests.size(), 1u);
  const v1::SimulateRequest& request = daemon_.simulate_requests[0];
  EXPECT_THAT(request.options().down(), testing::ElementsAre("eu", "us"));
  EXPECT_FALSE(request.has_plan()) << "the running configuration";
  ASSERT_EQ(request.queries_size(), 2) << "equal queries are counted together";
  EXPECT_EQ(request.queries(0).client(), "");
  EXPECT_EQ(request.queries(1).client(), "192.0.2.1");
  EXPECT_EQ(request.queries(1).name(), "api.example.com.");
  EXPECT_EQ(request.queries(1).count(), 10u);
}

TEST_F(SimulateCommand, SendsAConfigurationBeforeTheQueries) {
  const std::string log = folder_.write("queries.log", "- a.example.com TXT\n");
  const Result result = run({"simulate", log, "-f", config(), "-o", "json"});
  EXPECT_EQ(result.code, 0) << result.err;
  v1::SimulateResponse message;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(result.out, &message).ok());
  EXPECT_EQ(message.queries(), 12u);
  ASSERT_EQ(daemon_.simulate_requests.size(), 2u);
  EXPECT_EQ(daemon_.simulate_requests[0].plan().config().zones(0).name(), "example.com");
  EXPECT_EQ(daemon_.simulate_requests[1].queries(0).type(), "TXT");
}

TEST_F(SimulateCommand, RefusesFilesWithoutQueries) {
  Result result = run({"simulate", folder_.write("empty.log", "# nothing\n")});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("holds no DNS queries"));
  result = run({"simulate", folder_.path("missing.log")});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("missing.log"));
  result = run({"simulate", folder_.write("cut.pcap", "\xd4\xc3\xb2\xa1")});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("cut.pcap: "));
  EXPECT_TRUE(daemon_.simulate_requests.empty());
}

}  // namespace
}  // namespace signpost::cli
