// Where clients are, and what external alias targets resolve to, through the services.
#include <gmock/gmock.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "control/snapshot_file.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using testing::HasSubstr;

constexpr const char* kGeoZone =
    "zones { name: 'example.com' name_servers: 'ns1.example.net' "
    "  record_sets { name: 'www' type: 'A' ttl: 60 records: '192.0.2.1' set_identifier: 'germany' "
    "    geolocation { country_code: 'DE' } } "
    "  record_sets { name: 'www' type: 'A' ttl: 60 records: '192.0.2.2' set_identifier: 'rest' "
    "    geolocation { country_code: '*' } } "
    "  record_sets { name: 'fast' type: 'A' ttl: 60 records: '192.0.2.3' set_identifier: 'here' "
    "    latency { region: 'here' } } "
    "  record_sets { name: 'fast' type: 'A' ttl: 60 records: '192.0.2.4' set_identifier: 'there' "
    "    latency { region: 'there' } } } "
    "regions { name: 'here' coordinates { latitude: 1 } } "
    "regions { name: 'there' coordinates { latitude: 2 } } ";

constexpr const char* kOverride =
    "place_overrides { prefix: '198.51.100.0/24' country_code: 'DE' city: 'Berlin' } ";

class LocationsTest : public ServicesTest {
 protected:
  void SetUp() override {
    location_options_.latency_table = folder_ / "latencies.csv";
    location_options_.samples_file = folder_ / "round-trips";
    write("198.51.100.0/24,there,5\n198.51.100.0/24,here,50\n");
    ServicesTest::SetUp();
  }

  void write(const std::string& csv) { std::ofstream(location_options_.latency_table) << csv; }

  v1::ClientLocation locate(const std::string& client) {
    v1::LocateRequest request;
    request.set_client(client);
    v1::ClientLocation reply;
    grpc::ClientContext call;
    const grpc::Status status = location_->Locate(&call, request, &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return reply;
  }

  grpc::Status reload(v1::LocationData* reply) {
    grpc::ClientContext call;
    return location_->ReloadLocationData(&call, {}, reply);
  }

  v1::LocationData data() {
    v1::LocationData reply;
    grpc::ClientContext call;
    EXPECT_TRUE(location_->GetLocationData(&call, {}, &reply).ok());
    return reply;
  }

  grpc::Status push(const std::vector<v1::RoundTripSample>& samples) {
    v1::PushRoundTripsResponse reply;
    grpc::ClientContext call;
    auto stream = location_->PushRoundTrips(&call, &reply);
    v1::PushRoundTripsRequest request;
    for (const v1::RoundTripSample& sample : samples) *request.add_samples() = sample;
    stream->Write(request);
    stream->WritesDone();
    return stream->Finish();
  }

  static v1::RoundTripSample sample(const std::string& prefix, const std::string& region,
                                    double milliseconds) {
    v1::RoundTripSample sample;
    sample.set_prefix(prefix);
    sample.set_region(region);
    sample.set_milliseconds(milliseconds);
    return sample;
  }

  v1::ListRoundTripsResponse round_trips() {
    v1::ListRoundTripsResponse reply;
    grpc::ClientContext call;
    EXPECT_TRUE(location_->ListRoundTrips(&call, {}, &reply).ok());
    return reply;
  }

  std::string answer(const std::string& owner, const std::string& client) {
    const v1::ExplainResponse reply = explain(owner, "A", client);
    return reply.variants_size() == 1 ? reply.variants(0).choice() : "several";
  }
};

TEST_F(LocationsTest, ServesByAnOverrideOnceTheApplyReturns) {
  ASSERT_TRUE(apply(kGeoZone).status.ok());
  EXPECT_EQ(answer("www.example.com", "198.51.100.7"), "rest");
  const Outcome outcome = apply(kOverride);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_TRUE(outcome.reply.warnings().empty());
  EXPECT_EQ(outcome.reply.table_generation(), controller_->running()->table->generation);
  EXPECT_EQ(answer("www.example.com", "198.51.100.7"), "germany");
  EXPECT_EQ(answer("www.example.com", "203.0.113.7"), "rest");
}

TEST_F(LocationsTest, ExplainsWhereTheClientIsAndWhatThatDecides) {
  ASSERT_TRUE(apply(std::string(kGeoZone) + kOverride).status.ok());
  const v1::ExplainResponse reply = explain("www.example.com", "A", "198.51.100.7");
  EXPECT_EQ(reply.location().source(), v1::ClientLocation::OVERRIDE);
  EXPECT_EQ(reply.location().country_code(), "DE");
  EXPECT_EQ(reply.location().continent_code(), "EU");
  EXPECT_EQ(reply.location().city(), "Berlin");
  EXPECT_EQ(reply.location().prefix(), "198.51.100.0/24");
  EXPECT_TRUE(reply.by_location());
  EXPECT_EQ(reply.scope_prefix_length(), 24u);
  EXPECT_EQ(reply.dns_answer().nameserver(), "ns1.example.net.");
  EXPECT_EQ(reply.dns_answer().record_name(), "www.example.com.");
  EXPECT_EQ(reply.dns_answer().response_code(), "NOERROR");
  ASSERT_EQ(reply.dns_answer().record_data_size(), 1);
  EXPECT_EQ(reply.dns_answer().record_data(0), "192.0.2.1");
  EXPECT_FALSE(explain("example.com", "SOA", "198.51.100.7").by_location());
  EXPECT_FALSE(explain("www.example.com", "A").has_location());
}

TEST_F(LocationsTest, RefusesWhatIsNoClient) {
  for (const char* client : {"", "example.com", "192.0.2.1/33", "192.0.2.1/0", "192.0.2.1/x"}) {
    v1::LocateRequest request;
    request.set_client(client);
    v1::ClientLocation reply;
    grpc::ClientContext call;
    EXPECT_EQ(location_->Locate(&call, request, &reply).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT)
        << client;
  }
  // As in a query, bits behind the prefix do not matter.
  EXPECT_EQ(locate("198.51.100.7/24").client(), "198.51.100.0/24");
}

TEST_F(LocationsTest, RoutesByTheTableOfLatencies) {
  ASSERT_TRUE(apply(kGeoZone).status.ok());
  EXPECT_EQ(answer("fast.example.com", "198.51.100.7"), "there");
  const v1::ClientLocation location = locate("198.51.100.7");
  ASSERT_EQ(location.round_trips_size(), 2);
  EXPECT_EQ(location.round_trips(1).region(), "there");
  EXPECT_EQ(location.round_trips(1).milliseconds(), 5);
  EXPECT_FALSE(location.round_trips(1).measured());
  EXPECT_EQ(data().latency_rows(), 2u);
}

TEST_F(LocationsTest, GoesOnWithTheLastGoodTable) {
  ASSERT_TRUE(apply(kGeoZone).status.ok());
  write("198.51.100.0/24,here,1\n198.51.100.0/24,there,5\n");
  v1::LocationData reply;
  ASSERT_TRUE(reload(&reply).ok());
  EXPECT_EQ(answer("fast.example.com", "198.51.100.7"), "here");
  write("198.51.100.0/24,there,nonsense\n");
  const grpc::Status refused = reload(&reply);
  EXPECT_FALSE(refused.ok());
  EXPECT_THAT(refused.error_message(), HasSubstr("latencies.csv"));
  EXPECT_EQ(answer("fast.example.com", "198.51.100.7"), "here");
  EXPECT_THAT(data().last_error(), HasSubstr("latencies.csv"));
  write("198.51.100.0/24,there,2\n");
  ASSERT_TRUE(reload(&reply).ok());
  EXPECT_EQ(data().last_error(), "");
}

TEST_F(LocationsTest, StartsWithoutDataThatCannotBeRead) {
  ASSERT_TRUE(apply(std::string(kGeoZone) + kOverride).status.ok());
  location_options_.geo_data = {folder_ / "no-such-file.mmdb"};
  start("");
  EXPECT_THAT(data().last_error(), HasSubstr("no-such-file.mmdb"));
  EXPECT_EQ(answer("www.example.com", "198.51.100.7"), "germany");
}

TEST_F(LocationsTest, RoutesByMeasuredRoundTripsAndKeepsThem) {
  ASSERT_TRUE(apply(kGeoZone).status.ok());
  ASSERT_TRUE(
      push({sample("198.51.100.0/24", "here", 2), sample("198.51.100.0/24", "here", 3)}).ok());
  ASSERT_TRUE(locations_->rebuild().ok());
  EXPECT_EQ(answer("fast.example.com", "198.51.100.7"), "here");
  ASSERT_EQ(round_trips().round_trips_size(), 1);
  EXPECT_EQ(round_trips().round_trips(0).samples(), 2u);
  EXPECT_EQ(data().round_trips(), 1u);
  start("");
  ASSERT_EQ(round_trips().round_trips_size(), 1);
  EXPECT_EQ(answer("fast.example.com", "198.51.100.7"), "here");
}

TEST_F(LocationsTest, KeepsTheMapWhereAnotherWouldBeTheSame) {
  const std::string collection = "cidr_collections { id: 'c' name: '";
  const std::string blocks = "' locations { name: 'x' cidr_blocks: '203.0.113.0/24' } } ";
  ASSERT_TRUE(apply(std::string(kGeoZone) + collection + "one" + blocks).status.ok());
  const model::LocalityMapPtr map = controller_->running()->table->localities;
  ASSERT_TRUE(apply(std::string(kGeoZone) + collection + "two" + blocks).status.ok());
  EXPECT_EQ(controller_->running()->table->localities, map) << "a name moves no client";
  ASSERT_TRUE(apply(std::string(kGeoZone) + collection + "two" + blocks + kOverride).status.ok());
  EXPECT_NE(controller_->running()->table->localities, map);
}

TEST_F(LocationsTest, TellsClientsApartByRoundTripsOnlyWhereARecordSetRoutesByLatency) {
  ASSERT_TRUE(apply(kOverride).status.ok());
  const model::LocalityMapPtr map = controller_->running()->table->localities;
  ASSERT_TRUE(push({sample("203.0.113.0/24", "here", 2)}).ok());
  ASSERT_TRUE(locations_->rebuild().ok());
  EXPECT_EQ(controller_->running()->table->localities, map);
  EXPECT_EQ(data().round_trips(), 1u);
  ASSERT_TRUE(apply(std::string(kGeoZone) + kOverride).status.ok());
  EXPECT_EQ(answer("fast.example.com", "203.0.113.7"), "here");
}

TEST_F(LocationsTest, NamesTheSampleThatIsNone) {
  const grpc::Status refused =
      push({sample("198.51.100.0/24", "here", 2), sample("198.51.100.0/24", "here", -1)});
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(refused.error_message(), HasSubstr("samples[1]"));
  EXPECT_EQ(round_trips().round_trips_size(), 1);
}

TEST_F(LocationsTest, CountsAnswersToClientsOfUnknownPlace) {
  ASSERT_TRUE(apply(std::string(kGeoZone) + kOverride).status.ok());
  // The fixture's demand: 5 answers for locality 0, 7 for locality 1.
  EXPECT_EQ(data().located_answers(), 12u);
  EXPECT_GE(data().unlocated_answers(), 5u);
}

TEST_F(LocationsTest, AnswersWithWhatAnExternalAliasResolvesTo) {
  ASSERT_TRUE(apply("zones { name: 'example.com' name_servers: 'ns1.example.net' record_sets { "
                    "name: '@' type: 'A' alias_target { dns_name: 'lb.example.net.' } } }")
                  .status.ok());
  EXPECT_EQ(explain("example.com", "A").outcome(), "SERVFAIL");
  auto resolved = std::make_shared<model::ExternalAnswer>();
  resolved->rdata = {std::string("\xc0\x00\x02\x09", 4)};
  resolved->ttl = 30;
  controller_->on_external(model::external_key(name("lb.example.net."), dns::RRType::kA), resolved);
  controller_->dependents({});  // behind it in the queue
  const v1::ExplainResponse reply = explain("example.com", "A");
  EXPECT_EQ(reply.outcome(), "ANSWER");
  ASSERT_EQ(reply.variants_size(), 1);
  EXPECT_EQ(reply.variants(0).answer(0), "example.com. 30 IN A 192.0.2.9");
  controller_->stop();
  const auto snapshot = read_snapshot(folder_ / "snapshot.bin");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(*snapshot->externals.at("lb.example.net. A"), *resolved);
}

TEST_F(LocationsTest, ExplainsTheAgeOfAnExternalAnswerAfterARestartFromTheSnapshotAlone) {
  ASSERT_TRUE(apply("zones { name: 'example.com' name_servers: 'ns1.example.net' record_sets { "
                    "name: '@' type: 'A' alias_target { dns_name: 'lb.example.net.' } } }")
                  .status.ok());
  auto resolved = std::make_shared<model::ExternalAnswer>();
  resolved->rdata = {std::string("\xc0\x00\x02\x09", 4)};
  resolved->ttl = 30;
  resolved->resolved = 0;
  resolved->failing = true;
  controller_->on_external(model::external_key(name("lb.example.net."), dns::RRType::kA), resolved);
  controller_->dependents({});  // behind it in the queue
  controller_->stop();
  for (const char* file : {"state.db", "state.db-wal", "state.db-shm"})
    std::filesystem::remove(folder_ / file);
  const std::int64_t before = std::time(nullptr);
  start("");
  const v1::ExplainResponse reply = explain("example.com", "A");
  EXPECT_EQ(reply.variants(0).answer(0), "example.com. 30 IN A 192.0.2.9");
  std::vector<std::string> steps;
  for (const v1::ExplainStep& step : reply.steps()) steps.push_back(step.text());
  std::vector<testing::Matcher<std::string>> ages;  // the clock goes on while it is asked
  for (std::int64_t age = before; age <= std::time(nullptr); ++age) {
    ages.push_back("alias to the external lb.example.net. A: 1 record resolved " +
                   std::to_string(age) + " s ago, the last known: its resolvers fail");
  }
  EXPECT_THAT(steps, testing::Contains(testing::AnyOfArray(ages)));
}

TEST_F(LocationsTest, ListsExternalAliases) {
  upstream::TargetState state;
  state.key = model::external_key(name("lb.example.net."), dns::RRType::kA);
  state.last_error = "192.0.2.53:53 timed out";
  auto resolved = std::make_shared<model::ExternalAnswer>();
  resolved->rdata = {std::string("\xc0\x00\x02\x09", 4)};
  resolved->ttl = 30;
  resolved->resolved = 1000;
  state.answer = resolved;
  external_states_ = {state};
  v1::ListExternalAliasesResponse reply;
  grpc::ClientContext call;
  ASSERT_TRUE(status_->ListExternalAliases(&call, {}, &reply).ok());
  ASSERT_EQ(reply.external_aliases_size(), 1);
  EXPECT_EQ(reply.external_aliases(0).name(), "lb.example.net.");
  EXPECT_EQ(reply.external_aliases(0).records(0), "192.0.2.9");
  EXPECT_EQ(reply.external_aliases(0).resolved().seconds(), 1000);
  EXPECT_EQ(reply.external_aliases(0).last_error(), "192.0.2.53:53 timed out");
}

}  // namespace
}  // namespace signpost::control
