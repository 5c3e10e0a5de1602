#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/cli/command_run.h"

namespace signpost::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class LocationCommands : public testing::Test {
 protected:
  Result run(std::vector<std::string> arguments) {
    return run_against(daemon_, std::move(arguments));
  }

  FakeDaemon daemon_;
  Folder folder_;
};

TEST_F(LocationCommands, LocateTellsAllThatIsKnown) {
  fill(R"(source: OVERRIDE country_code: "DE" continent_code: "EU" city: "Berlin"
           coordinates { latitude: 52.5 longitude: 13.4 } prefix: "198.51.100.0/24" locality: 7
           cidr_matches { collection_id: "providers" location_names: "one" location_names: "all" }
           round_trips { region: "eu-west-1" milliseconds: 12.25 measured: true
                         prefix: "198.51.0.0/16" samples: 3 })",
       daemon_.location);
  const Result result = run({"geo", "locate", "198.51.100.7"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out,
            "198.51.100.7\n"
            "  place           Berlin, DE, EU (52.5,13.4), from an override\n"
            "  the same for    all of 198.51.100.0/24, locality 7\n"
            "  in providers    one, then all\n"
            "  to eu-west-1    12.2 ms, measured, 3 samples, for 198.51.0.0/16\n");
}

TEST_F(LocationCommands, StatusTellsOfOldDataAndFailedLoads) {
  fill(R"(path: "/geo/city.mmdb" database_type: "City" localities: 3 prefixes: 9 cells: 131072
           too_old: true last_error: "/geo/city.mmdb: is damaged" located_answers: 4
           unlocated_answers: 1)",
       daemon_.location_data);
  const Result result = run({"geo", "status"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out,
            "  data            /geo/city.mmdb\n"
            "  besides         0 overrides, 0 CIDR collections, 0 measured round trips\n"
            "  map             3 localities, 9 prefixes, 8 MiB\n"
            "  answers by it   4, of which 25.0 % to clients of unknown place\n"
            "  warning         the geographic data are old\n"
            "  last load failed  /geo/city.mmdb: is damaged\n");
}

TEST_F(LocationCommands, StatusTellsOfManyClientsOfUnknownPlace) {
  fill(R"(path: "/geo/city.mmdb" localities: 3 located_answers: 2000 unlocated_answers: 500
           too_many_unlocated: true)",
       daemon_.location_data);
  *daemon_.state.mutable_location_data() = daemon_.location_data;
  EXPECT_THAT(run({"geo", "status"}).out,
              EndsWith("  answers by it   2000, of which 25.0 % to clients of unknown place\n"
                       "  warning         many clients are not in the geographic data\n"));
  const std::string warning =
      "unknown places    2000, of which 25.0 % to clients of unknown place\n";
  EXPECT_THAT(run({"status"}).out, HasSubstr(warning));
  daemon_.state.mutable_location_data()->set_too_many_unlocated(false);
  EXPECT_THAT(run({"status"}).out, Not(HasSubstr("unknown places")));
}

TEST_F(LocationCommands, PushSendsEveryRowOfTheFile) {
  const std::string file = folder_.write(
      "times.csv", "# measured\n198.51.100.0/24, eu-west-1 ,12.5\n\n2001:db8::/32,here,3\n");
  const Result result = run({"round-trips", "push", file});
  EXPECT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(daemon_.samples.size(), 2u);
  EXPECT_EQ(daemon_.samples[0].region(), "eu-west-1");
  EXPECT_EQ(daemon_.samples[0].milliseconds(), 12.5);
  EXPECT_EQ(daemon_.samples[1].prefix(), "2001:db8::/32");
  EXPECT_EQ(result.out, "2 samples taken; they count within half a minute\n");
}

TEST_F(LocationCommands, PushNamesTheLineThatIsNone) {
  const std::string file = folder_.write("times.csv", "198.51.100.0/24,here,3\nnonsense\n");
  const Result result = run({"round-trips", "push", file});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err,
            "signpost: " + file + ":2: expected prefix,region,milliseconds, got \"nonsense\"\n");
  EXPECT_TRUE(daemon_.samples.empty());
}

TEST_F(LocationCommands, AliasesShowWhatIsWrong) {
  fill(R"(external_aliases { name: "lb.example.net." type: "A" ttl: 30 records: "192.0.2.9"
                              resolved { seconds: 4102444800 } last_error: "timed out" }
           external_aliases { name: "new.example.net." type: "A" })",
       daemon_.external_aliases);
  const Result result = run({"get", "aliases"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out,
            "TARGET            TYPE   TTL  AGE  STATE               RECORDS\n"
            "lb.example.net.   A     30 s  0 s  failing: timed out  192.0.2.9\n"
            "new.example.net.  A        -    -  being resolved      -\n");
}

TEST_F(LocationCommands, ListsCollectionsAndTrafficPolicies) {
  fill(R"(cidr_collections { id: "providers" locations { name: "one" cidr_blocks: "192.0.2.0/24"
             cidr_blocks: "198.51.100.0/24" cidr_blocks: "203.0.113.0/24"
             cidr_blocks: "2001:db8::/32" } })",
       daemon_.cidr_collections);
  EXPECT_EQ(run({"get", "cidr-collections"}).out,
            "COLLECTION  NAME  LOCATION  BLOCKS  FIRST BLOCKS\n"
            "providers   -     one            4  192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 …\n");
  fill(R"(traffic_policies { traffic_policy { id: "world" version: 2 name: "All" }
             type: "A" instance_count: 3 })",
       daemon_.traffic_policies);
  EXPECT_EQ(run({"get", "traffic-policies"}).out,
            "TRAFFIC POLICY  VERSION  TYPE  NAME  INSTANCES  COMMENT\n"
            "world                 2  A     All           3\n");
}

TEST_F(LocationCommands, ExplainTellsWhereTheClientIs) {
  fill(R"(name: "www.example.com." type: "A" rcode: "NOERROR" outcome: "ANSWER" generation: 1
           table_generation: 2 fast_path: true by_location: true scope_prefix_length: 24
           location { source: DATA country_code: "DE" })",
       daemon_.explanation);
  EXPECT_EQ(run({"explain", "www.example.com", "A", "--client", "198.51.100.7"}).out,
            "www.example.com. A  NOERROR, answer\n"
            "  client      198.51.100.7, DE, from the geographic data\n"
            "  scope       /24: the answer depends on where the client is\n"
            "  generation  1, answer table 2\n"
            "  fast path   yes\n");
}

}  // namespace
}  // namespace signpost::cli
