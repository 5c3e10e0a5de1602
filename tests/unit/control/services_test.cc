#include "control/services.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "control/grpc_server.h"
#include "signpost/v1/control.grpc.pb.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using testing::HasSubstr;

constexpr const char* kZone =
    "zones { name: 'example.com' name_servers: 'ns1.example.net' "
    "  record_sets { name: 'www' type: 'A' records: '192.0.2.1' records: '192.0.2.2' } "
    "  record_sets { name: 'api' type: 'A' ttl: 60 records: '192.0.2.3' set_identifier: 'one' "
    "    weighted { weight: 3 } health_check_id: 'check-one' } "
    "  record_sets { name: 'api' type: 'A' ttl: 60 records: '192.0.2.4' set_identifier: 'two' "
    "    weighted { weight: 1 } } } "
    "health_checks { id: 'check-one' http { ip_address: '192.0.2.3' } }";

// A zone of `count` A records, whose addresses end in `last`.
v1::Config many(int count, int last = 1) {
  v1::Config all;
  v1::Zone& zone = *all.add_zones();
  zone.set_name("example.com");
  zone.add_name_servers("ns1.example.net");
  for (int i = 0; i < count; ++i) {
    v1::RecordSet& set = *zone.add_record_sets();
    set.set_name("n" + std::to_string(i));
    set.set_type("A");
    set.add_records("192.0.2." + std::to_string(last));
  }
  return all;
}

TEST_F(ServicesTest, AppliesAConfigurationAndExplainsItsAnswers) {
  const Outcome outcome = apply(kZone);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_EQ(outcome.reply.generation(), 1u);
  EXPECT_EQ(outcome.reply.summary().added(), 7u);
  const v1::ExplainResponse api = explain("API.example.com", "A");
  EXPECT_EQ(api.outcome(), "ANSWER");
  EXPECT_EQ(api.rcode(), "NOERROR");
  EXPECT_EQ(api.zone(), "example.com.");
  EXPECT_EQ(api.generation(), 1u);
  EXPECT_FALSE(api.fast_path());
  EXPECT_EQ(api.fast_path_reason(), "no interface in a test");
  ASSERT_EQ(api.variants_size(), 2);
  EXPECT_EQ(api.variants(0).choice(), "one");
  EXPECT_EQ(api.variants(0).share_numerator(), 3u);
  EXPECT_EQ(api.variants(0).share_denominator(), 4u);
  EXPECT_EQ(api.variants(0).answer(0), "API.example.com. 60 IN A 192.0.2.3");
  EXPECT_GT(api.variants(0).answers_given(), 100u);
  EXPECT_GT(api.steps_size(), 1);
  const v1::ExplainResponse missing = explain("nobody.example.com", "A");
  EXPECT_EQ(missing.rcode(), "NXDOMAIN");
  ASSERT_EQ(missing.variants_size(), 1);
  EXPECT_THAT(missing.variants(0).authority(0),
              HasSubstr("example.com. 300 IN SOA ns1.example.net."));
  EXPECT_EQ(explain("www.example.com", "AAAA").outcome(), "NODATA");
  EXPECT_EQ(explain("www.example.org", "A").outcome(), "REFUSED");
}

TEST_F(ServicesTest, TellsWhileTheProberSuspectsItself) {
  grpc::ClientContext call, later, health_call;
  v1::GetStatusResponse status;
  ASSERT_TRUE(status_->GetStatus(&call, v1::GetStatusRequest(), &status).ok());
  EXPECT_FALSE(status.has_prober_blind_since());
  prober_blind_since_ = std::chrono::system_clock::time_point(std::chrono::seconds(90));
  ASSERT_TRUE(status_->GetStatus(&later, v1::GetStatusRequest(), &status).ok());
  EXPECT_EQ(status.prober_blind_since().seconds(), 90);
  v1::ListHealthResponse health;
  ASSERT_TRUE(status_->ListHealth(&health_call, v1::ListHealthRequest(), &health).ok());
  EXPECT_EQ(health.prober_blind_since().seconds(), 90);
}

TEST_F(ServicesTest, ChangesNothingWhenItsOwnExportIsApplied) {
  ASSERT_TRUE(apply(kZone).status.ok());
  v1::Config more = many(3000);
  more.mutable_zones(0)->set_name("example.org");
  more.mutable_zones(0)->set_comment("second");
  ASSERT_TRUE(apply({more}).status.ok());
  const std::vector<v1::Config> exported = export_all();
  v1::ApplyOptions options;
  options.set_prune(true);
  const Outcome again = apply(exported, options);
  ASSERT_TRUE(again.status.ok()) << again.status.error_message();
  EXPECT_EQ(again.reply.generation(), 2u);
  EXPECT_EQ(again.reply.summary().added() + again.reply.summary().changed() +
                again.reply.summary().removed(),
            0u);
}

TEST_F(ServicesTest, PlansWithoutApplying) {
  ASSERT_TRUE(apply(kZone).status.ok());
  v1::Config next = config(kZone);
  next.mutable_zones(0)->mutable_record_sets(0)->set_records(0, "192.0.2.9");
  next.mutable_zones(0)->mutable_record_sets()->RemoveLast();
  const v1::PlanResponse planned = plan(next);
  EXPECT_EQ(planned.generation(), 1u);
  EXPECT_EQ(planned.summary().changed(), 1u);
  EXPECT_EQ(planned.summary().removed(), 1u);
  ASSERT_EQ(planned.changes_size(), 2);
  EXPECT_EQ(planned.changes(0).subject(), "api.example.com. A two");
  EXPECT_EQ(planned.changes(0).action(), v1::PlannedChange::REMOVE);
  EXPECT_EQ(planned.changes(0).before(), "60 A 192.0.2.4; weight 1");
  EXPECT_EQ(planned.changes(1).subject(), "www.example.com. A");
  EXPECT_EQ(planned.changes(1).before(), "300 A 192.0.2.1, 192.0.2.2");
  EXPECT_EQ(planned.changes(1).after(), "300 A 192.0.2.9, 192.0.2.2");
  EXPECT_EQ(controller_->running()->config.generation, 1u);
  EXPECT_EQ(plan(config(kZone)).changes_size(), 0);
}

TEST_F(ServicesTest, ListsInAPlanWhatFitsIntoAMessage) {
  const v1::Config all = many(30000);
  // A stream may be split anywhere.
  v1::PlanResponse reply;
  grpc::ClientContext call;
  auto stream = config_->Plan(&call, &reply);
  for (int from = 0; from < all.zones(0).record_sets_size(); from += 10000) {
    v1::ApplyRequest request;
    v1::Zone& zone = *request.mutable_config()->add_zones();
    zone.set_name("example.com");
    if (from == 0) zone.add_name_servers("ns1.example.net");
    for (int i = from; i < from + 10000; ++i) *zone.add_record_sets() = all.zones(0).record_sets(i);
    ASSERT_TRUE(stream->Write(request));
  }
  stream->WritesDone();
  const grpc::Status finished = stream->Finish();
  ASSERT_TRUE(finished.ok()) << finished.error_message();
  EXPECT_EQ(reply.summary().added(), 30003u);
  EXPECT_EQ(reply.changes_size() +
                std::stoi(reply.warnings_size() > 0 ? reply.warnings(0) : std::string("0")),
            30003);
}

TEST_F(ServicesTest, LeavesZonesAloneThatTheStreamDoesNotName) {
  ASSERT_TRUE(apply(kZone).status.ok());
  const std::string other = "zones { name: 'example.net' name_servers: 'ns1.example.net' }";
  ASSERT_TRUE(apply(other).status.ok());
  EXPECT_EQ(controller_->running()->config.zones.size(), 2u);
  v1::ApplyOptions options;
  options.set_prune(true);
  const Outcome refused = apply(kZone, options);
  ASSERT_TRUE(refused.status.ok()) << refused.status.error_message();  // fewer than 10 record sets
  EXPECT_EQ(controller_->running()->config.zones.size(), 1u);
  EXPECT_EQ(controller_->running()->config.health_checks.size(), 1u);
}

TEST_F(ServicesTest, RefusesToRemoveOverThirtyPercentWithoutForce) {
  ASSERT_TRUE(apply({many(20)}).status.ok());
  const Outcome refused = apply({many(5)});
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(refused.status.error_message(),
            "this would remove 15 of 22 record sets, more than 30 %; use --force if that is meant");
  EXPECT_EQ(plan(many(5)).warnings(0), refused.status.error_message());
  v1::ApplyOptions options;
  options.set_force(true);
  EXPECT_TRUE(apply({many(5)}, options).status.ok());
  EXPECT_TRUE(apply({many(4)}).status.ok());
}

TEST_F(ServicesTest, AbortsForAnotherGeneration) {
  ASSERT_TRUE(apply(kZone).status.ok());
  v1::ApplyOptions options;
  options.set_expected_generation(5);
  EXPECT_EQ(apply({many(3)}, options).status.error_code(), grpc::StatusCode::ABORTED);
  options.set_expected_generation(1);
  EXPECT_TRUE(apply({many(3)}, options).status.ok());
}

TEST_F(ServicesTest, KeepsZonesForTheirManager) {
  v1::ApplyOptions by_api;
  by_api.set_manage_by_api(true);
  ASSERT_TRUE(apply(kZone, by_api).status.ok());
  const Outcome refused = apply(kZone);
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(refused.status.error_message(),
            "zone example.com. is managed by the API; use --adopt to take it over");
  v1::ApplyOptions adopt;
  adopt.set_adopt(true);
  ASSERT_TRUE(apply(kZone, adopt).status.ok());
  v1::ApplyResponse reply;
  const grpc::Status foreign = change("zone: 'example.com'", &reply);
  EXPECT_EQ(foreign.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(ServicesTest, ChangesSingleRecordSets) {
  v1::ApplyOptions by_api;
  by_api.set_manage_by_api(true);
  ASSERT_TRUE(apply(kZone, by_api).status.ok());
  v1::ApplyResponse reply;
  grpc::Status status = change(
      "zone: 'example.com' changes { action: CREATE record_set { name: 'www' type: 'A' records: "
      "'192.0.2.1' } }",
      &reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(),
            "changes[0]: Tried to create resource record set [name='www.example.com.', type='A'] "
            "but it already exists");
  status = change(
      "zone: 'example.com' changes { action: DELETE record_set { name: 'www' type: 'A' records: "
      "'192.0.2.1' } }",
      &reply);
  EXPECT_EQ(status.error_message(),
            "changes[0]: Tried to delete resource record set [name='www.example.com.', type='A'] "
            "but the values provided do not match the current values");
  status = change(
      "zone: 'example.com' changes { action: DELETE record_set { name: 'gone' type: 'A' records: "
      "'192.0.2.1' } }",
      &reply);
  EXPECT_THAT(status.error_message(), HasSubstr("but it was not found"));
  status = change(
      "zone: 'example.com' changes { action: DELETE record_set { name: 'www' type: 'A' records: "
      "'192.0.2.2' records: '192.0.2.1' } } "
      "changes { action: CREATE record_set { name: 'www' type: 'CNAME' records: 'api' } }"
      "changes { action: UPSERT record_set { name: 'api' type: 'A' ttl: 60 records: '192.0.2.7' "
      "set_identifier: 'two' weighted { weight: 5 } } }",
      &reply);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(reply.generation(), 2u);
  EXPECT_EQ(explain("www.example.com", "A").variants_size(), 2);
  EXPECT_EQ(change("zone: 'example.org'", &reply).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServicesTest, RollsBackAndListsItsHistory) {
  ASSERT_TRUE(apply(kZone).status.ok());
  ASSERT_TRUE(apply({many(3)},
                    [] {
                      v1::ApplyOptions options;
                      options.set_comment("three names");
                      return options;
                    }())
                  .status.ok());
  v1::DiffRequest range;
  range.set_from_generation(1);
  range.set_to_generation(2);
  v1::PlanResponse diff;
  grpc::ClientContext diff_call;
  ASSERT_TRUE(config_->Diff(&diff_call, range, &diff).ok());
  EXPECT_EQ(diff.summary().added(), 3u);
  EXPECT_EQ(diff.summary().removed(), 3u);
  v1::RollbackRequest request;
  request.set_generation(1);
  v1::ApplyResponse reply;
  grpc::ClientContext call;
  const grpc::Status status = config_->Rollback(&call, request, &reply);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(reply.generation(), 3u);
  EXPECT_EQ(plan(config(kZone)).changes_size(), 0);
  v1::ListHistoryResponse history;
  v1::ListHistoryRequest page;
  page.set_page_size(2);
  grpc::ClientContext first;
  ASSERT_TRUE(config_->ListHistory(&first, page, &history).ok());
  ASSERT_EQ(history.items_size(), 2);
  EXPECT_EQ(history.items(0).comment(), "rollback to 1");
  EXPECT_EQ(history.items(1).comment(), "three names");
  EXPECT_GT(history.items(0).time().seconds(), 1700000000);
  page.set_page_token(history.next_page_token());
  grpc::ClientContext second;
  ASSERT_TRUE(config_->ListHistory(&second, page, &history).ok());
  ASSERT_EQ(history.items_size(), 2);
  EXPECT_EQ(history.items(1).generation(), 0u);
  EXPECT_EQ(history.next_page_token(), "");
  request.set_generation(77);
  grpc::ClientContext third;
  EXPECT_EQ(config_->Rollback(&third, request, &reply).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServicesTest, RollsBackToTheEmptyStateAndForwardAgain) {
  ASSERT_TRUE(apply(kZone).status.ok());
  for (const auto& [generation, zones] : {std::pair(0u, 0u), std::pair(1u, 1u)}) {
    v1::RollbackRequest request;
    request.set_generation(generation);
    v1::ApplyResponse reply;
    grpc::ClientContext call;
    const grpc::Status status = config_->Rollback(&call, request, &reply);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(controller_->running()->config.zones.size(), zones);
  }
  EXPECT_EQ(plan(config(kZone)).changes_size(), 0);
}

TEST_F(ServicesTest, GivesAllRecordSetsInPages) {
  ASSERT_TRUE(apply({many(250)}).status.ok());
  v1::ListRecordSetsRequest request;
  request.set_zone("example.com");
  request.set_page_size(100);
  std::set<std::string> names;
  int pages = 0;
  do {
    v1::ListRecordSetsResponse reply;
    grpc::ClientContext call;
    ASSERT_TRUE(config_->ListRecordSets(&call, request, &reply).ok());
    for (const v1::RecordSet& set : reply.record_sets()) {
      EXPECT_TRUE(names.insert(set.name() + " " + set.type()).second);
    }
    request.set_page_token(reply.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(names.size(), 252u);
  request.set_page_token("no token");
  v1::ListRecordSetsResponse reply;
  grpc::ClientContext call;
  EXPECT_EQ(config_->ListRecordSets(&call, request, &reply).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServicesTest, ListsZonesAndHealth) {
  ASSERT_TRUE(apply(kZone).status.ok());
  v1::ListZonesResponse zones;
  grpc::ClientContext zones_call;
  ASSERT_TRUE(config_->ListZones(&zones_call, {}, &zones).ok());
  ASSERT_EQ(zones.zones_size(), 1);
  EXPECT_EQ(zones.zones(0).name(), "example.com.");
  EXPECT_EQ(zones.zones(0).record_set_count(), 5u);
  EXPECT_EQ(zones.zones(0).soa_serial(), 1u);
  EXPECT_EQ(zones.zones(0).manager(), v1::ZONE_MANAGER_FILES);
  v1::ListHealthResponse health;
  grpc::ClientContext health_call;
  ASSERT_TRUE(status_->ListHealth(&health_call, {}, &health).ok());
  ASSERT_EQ(health.items_size(), 1);
  EXPECT_EQ(health.items(0).status(), v1::UNKNOWN);
  EXPECT_EQ(health.items(0).dependent_count(), 1u);
  EXPECT_EQ(health.items(0).dependents(0), "api.example.com. A");
  v1::GetStatusResponse status;
  grpc::ClientContext status_call;
  ASSERT_TRUE(status_->GetStatus(&status_call, {}, &status).ok());
  EXPECT_EQ(status.fast_path().mode(), v1::FastPathStatus::USERSPACE);
  EXPECT_EQ(status.slow_path().udp_queries(), 7u);
  EXPECT_EQ(status.zones(), 1u);
  EXPECT_EQ(status.record_sets(), 5u);
  EXPECT_EQ(status.owner_names(), 3u);
}

TEST_F(ServicesTest, RefusesBadConfigurationsByPathAndKeepsTheOldOne) {
  ASSERT_TRUE(apply(kZone).status.ok());
  v1::Config bad = config(kZone);
  bad.mutable_zones(0)->mutable_record_sets(1)->mutable_weighted()->set_weight(256);
  const Outcome refused = apply({bad});
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(refused.status.error_message(),
            "zones[0].record_sets[1].weighted.weight: 256 is not allowed; use 0 to 255");
  grpc::Status planned;
  plan(bad, &planned);
  EXPECT_EQ(planned.error_message(), refused.status.error_message());
  EXPECT_EQ(controller_->running()->config.generation, 1u);
}

TEST_F(ServicesTest, RefusesMessagesOverFourMebibytes) {
  v1::Config large;
  large.add_zones()->set_comment(std::string((4u << 20) + 1, 'x'));
  EXPECT_EQ(apply({large}).status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(apply(kZone).status.ok());
}

TEST_F(ServicesTest, KeepsErrorMessagesWithinWhatATrailerCarries) {
  v1::Config bad = many(9);
  for (v1::RecordSet& set : *bad.mutable_zones(0)->mutable_record_sets()) {
    set.set_type(std::string(3000, '\n'));
  }
  EXPECT_EQ(apply({bad}).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServicesTest, NamesTheUserAtTheSocket) {
  const std::string socket = folder_ / "control.sock";
  start(socket);
  struct stat info {};
  ASSERT_EQ(stat(socket.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0660u);
  connect(grpc::CreateChannel("unix:" + socket, grpc::InsecureChannelCredentials()));
  const Outcome outcome = apply(kZone);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  const auto entries = store_->history(0, 1);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ((*entries)[0].author, getpwuid(getuid())->pw_name);
  const auto second = GrpcServer::start({.socket = socket}, {});
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("another signpostd listens on"));
  grpc_->stop();
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST_F(ServicesTest, KeepsConcurrentChangesApart) {
  std::vector<std::thread> writers;
  std::atomic<int> failures{0};
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] {
      const std::string text =
          "zones { name: 'z" + std::to_string(i) + ".example' name_servers: 'ns1.example.net' }";
      if (!apply(text).status.ok()) ++failures;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(controller_->running()->config.zones.size(), 4u);
  EXPECT_EQ(controller_->running()->config.generation, 4u);
}

TEST_F(ServicesTest, ForecastsTheAnswerTableOfAPlanThatAsksForIt) {
  const v1::Config wanted = config(kZone);
  EXPECT_FALSE(plan(wanted).has_forecast());
  v1::PlanResponse reply;
  grpc::ClientContext call;
  auto stream = config_->Plan(&call, &reply);
  v1::ApplyRequest request;
  request.mutable_options()->set_forecast(true);
  *request.mutable_config() = wanted;
  stream->Write(request);
  stream->WritesDone();
  ASSERT_TRUE(stream->Finish().ok());
  EXPECT_GT(reply.forecast().nodes(), 0u);
  EXPECT_GT(reply.forecast().cells(), 0u);
  EXPECT_GT(reply.forecast().answers(), 0u);
  EXPECT_EQ(reply.forecast().nodes_capacity(), 0u) << "there is no fast path in this test";
}

}  // namespace
}  // namespace signpost::control
