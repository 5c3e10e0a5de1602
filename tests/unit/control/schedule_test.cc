// Changes with TTLs lowered before: through the API, on a store that outlives its scheduler, with
// clocks that the test moves.
#include <gmock/gmock.h>

#include <future>

#include "control/schedule.h"
#include "control/schedule_service.h"
#include "control/scheduler.h"
#include "signpost/v1/schedule.grpc.pb.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

std::string zone(const std::string& records) {
  return "zones { name: 'example.com' name_servers: 'ns1.example.net' " + records + " } ";
}
std::string record(const std::string& name, const std::string& address, int ttl) {
  return "record_sets { name: '" + name + "' type: 'A' ttl: " + std::to_string(ttl) +
         " records: '" + address + "' } ";
}
const std::string kOther = record("other", "192.0.2.9", 7200);

class ScheduleTest : public ServicesTest {
 protected:
  void SetUp() override {
    start_all();
    ASSERT_TRUE(apply(zone(record("api", "192.0.2.1", 3600) + kOther)).status.ok());
  }

  void TearDown() override { stop_scheduler(); }

  void stop_scheduler() {
    schedule_grpc_.reset();
    schedule_service_.reset();
    scheduler_.reset();
  }

  void start_all() {
    stop_scheduler();
    ServicesTest::start("");
    SchedulerContext context;
    context.controller = controller_.get();
    context.store = store_.get();
    context.relocate = [this] {
      const absl::Status moved = locations_->rebuild();
      relocated_.set_value();
      return moved;
    };
    context.now = [this] { return now_; };
    context.steady_now = [this] { return steady_; };
    scheduler_ = std::make_unique<Scheduler>(std::move(context));
    ASSERT_TRUE(scheduler_->load().ok());
    schedule_service_ = make_schedule_service(*controller_, *scheduler_);
    auto server = GrpcServer::start({}, {schedule_service_.get()});
    ASSERT_TRUE(server.ok()) << server.status();
    schedule_grpc_ = *std::move(server);
    schedule_ = v1::ScheduleService::NewStub(schedule_grpc_->in_process_channel());
  }

  // Time in which the scheduler runs.
  void pass(seconds time) {
    now_ += time;
    steady_ += time;
    scheduler_->take_due_steps();
  }

  grpc::Status schedule(const std::string& text, v1::ScheduleChangeRequest request = {}) {
    if (!request.options().ttl_seconds()) request.mutable_options()->set_ttl_seconds(30);
    *request.mutable_plan()->mutable_config() = config(text);
    scheduled_.Clear();
    grpc::ClientContext call;
    auto stream = schedule_->ScheduleChange(&call, &scheduled_);
    stream->Write(request);
    stream->WritesDone();
    return stream->Finish();
  }
  grpc::Status schedule_at(const std::string& text, SchedulerContext::SystemTime time) {
    v1::ScheduleChangeRequest request;
    request.mutable_options()->mutable_change_at()->set_seconds(
        std::chrono::system_clock::to_time_t(time));
    return schedule(text, request);
  }

  v1::Schedule cancel(std::uint64_t number, grpc::Status* status = nullptr) {
    v1::CancelScheduleRequest request;
    request.set_number(number);
    v1::Schedule reply;
    grpc::ClientContext call;
    const grpc::Status result = schedule_->CancelSchedule(&call, request, &reply);
    if (status) *status = result;
    return reply;
  }

  std::vector<v1::Schedule> schedules() {
    v1::ListSchedulesResponse reply;
    grpc::ClientContext call;
    EXPECT_TRUE(schedule_->ListSchedules(&call, {}, &reply).ok());
    return {reply.schedules().begin(), reply.schedules().end()};
  }

  // "TTL ADDRESS" of the first reply; its outcome if it has no records.
  std::string answer(const std::string& name) {
    const v1::ExplainResponse reply = explain(name + ".example.com", "A");
    if (reply.variants_size() == 0 || reply.variants(0).answer_size() == 0) return reply.outcome();
    std::istringstream words(reply.variants(0).answer(0));
    std::string ignored;
    std::string ttl;
    std::string address;
    words >> ignored >> ttl >> ignored >> ignored >> address;
    return ttl + " " + address;
  }

  std::uint64_t generation() { return controller_->running()->config.generation; }

  std::vector<std::string> comments() {
    std::vector<std::string> all;
    const std::vector<HistoryEntry> entries = store_->history(0, 100).value();
    for (const HistoryEntry& entry : entries) all.push_back(entry.comment);
    return all;
  }

  const std::string moved_ = zone(record("api", "192.0.2.2", 3600) + kOther);
  SchedulerContext::SystemTime now_{seconds(1'800'000'000)};
  SchedulerContext::SteadyTime steady_{seconds(1'000)};
  std::promise<void> relocated_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<grpc::Service> schedule_service_;
  std::unique_ptr<GrpcServer> schedule_grpc_;
  std::unique_ptr<v1::ScheduleService::Stub> schedule_;
  v1::Schedule scheduled_;  // by the last schedule()
};

TEST_F(ScheduleTest, LowersTheTtlOneOldTtlBeforeTheChangeAndRestoresItAfterwards) {
  v1::ScheduleChangeRequest request;
  request.mutable_plan()->mutable_options()->set_comment("new racks");
  const grpc::Status made = schedule(moved_, request);
  ASSERT_TRUE(made.ok()) << made.error_message();
  ASSERT_EQ(scheduled_.lowered_size(), 1);
  EXPECT_EQ(scheduled_.lowered(0).name(), "api.example.com.");
  EXPECT_EQ(scheduled_.lowered(0).before_seconds(), 3600u);
  EXPECT_EQ(scheduled_.lowered(0).after_seconds(), 3600u);
  ASSERT_EQ(scheduled_.steps_size(), 3);
  EXPECT_EQ(scheduled_.steps(1).due().seconds(), 1'800'003'600);
  EXPECT_EQ(scheduled_.steps(2).due().seconds(), 1'800'003'600 + 30 + 300);

  EXPECT_EQ(answer("api"), "30 192.0.2.1");
  pass(seconds(3599));
  EXPECT_EQ(answer("api"), "30 192.0.2.1");
  pass(seconds(1));
  EXPECT_EQ(answer("api"), "30 192.0.2.2");
  pass(seconds(329));
  EXPECT_EQ(answer("api"), "30 192.0.2.2");
  EXPECT_EQ(schedules().at(0).state(), v1::Schedule::WAITING);
  pass(seconds(1));
  EXPECT_EQ(answer("api"), "3600 192.0.2.2");
  EXPECT_EQ(answer("other"), "7200 192.0.2.9");
  EXPECT_EQ(schedules().at(0).state(), v1::Schedule::DONE);
  EXPECT_THAT(comments(), ElementsAre("schedule 1, step 3 of 3, restoring TTLs: new racks",
                                      "schedule 1, step 2 of 3, the change: new racks",
                                      "schedule 1, step 1 of 3, lowering TTLs: new racks", "",
                                      "the empty state"));
  pass(hours(9));
  EXPECT_EQ(generation(), 4u);
}

TEST_F(ScheduleTest, MakesTheChangeAtTheTimeThatWasAskedFor) {
  ASSERT_TRUE(schedule_at(moved_, now_ + hours(5)).ok());
  EXPECT_EQ(answer("api"), "3600 192.0.2.1");
  pass(hours(4) - seconds(1));
  EXPECT_EQ(answer("api"), "3600 192.0.2.1");
  pass(seconds(1));
  EXPECT_EQ(answer("api"), "30 192.0.2.1");
  pass(hours(1));
  EXPECT_EQ(answer("api"), "30 192.0.2.2");
}

TEST_F(ScheduleTest, GoesOnAfterARestartAndKeepsTheDistanceBetweenSteps) {
  ASSERT_TRUE(schedule(moved_).ok());
  start_all();
  now_ += hours(10);  // nobody was there
  start_all();
  EXPECT_EQ(answer("api"), "30 192.0.2.1");
  scheduler_->take_due_steps();
  EXPECT_EQ(answer("api"), "30 192.0.2.2");
  start_all();
  pass(seconds(329));
  EXPECT_EQ(answer("api"), "30 192.0.2.2");
  pass(seconds(1));
  EXPECT_EQ(answer("api"), "3600 192.0.2.2");
}

TEST_F(ScheduleTest, NeitherHurriesNorLingersWhenTheClockOfTheSystemIsSet) {
  ASSERT_TRUE(schedule(moved_).ok());
  now_ += hours(48);
  pass(seconds(3599));
  EXPECT_EQ(answer("api"), "30 192.0.2.1") << "the old answers are still out there";
  now_ -= hours(96);
  pass(seconds(1));
  EXPECT_EQ(answer("api"), "30 192.0.2.2");
  now_ -= hours(96);
  start_all();
  pass(seconds(330));
  EXPECT_EQ(answer("api"), "3600 192.0.2.2") << "no wait is longer for a restart";
}

TEST_F(ScheduleTest, RecognisesAStepThatACrashKeptFromBeingNoted) {
  ASSERT_TRUE(schedule(moved_).ok());
  ASSERT_TRUE(apply(zone(record("api", "192.0.2.2", 30) + kOther)).status.ok());
  const std::uint64_t before = generation();
  start_all();
  pass(seconds(3600));
  EXPECT_EQ(generation(), before) << "it is not made twice";
  EXPECT_TRUE(schedules().at(0).steps(1).has_done());
  pass(seconds(330));
  EXPECT_EQ(answer("api"), "3600 192.0.2.2");
}

TEST_F(ScheduleTest, EndsWithAReasonWhenSomebodyElseChangedWhatItTouches) {
  ASSERT_TRUE(
      schedule(moved_ + "health_checks { id: 'web' icmp { ip_address: '192.0.2.2' } }").ok());
  ASSERT_TRUE(apply(zone(record("api", "192.0.2.7", 60) + kOther)).status.ok());
  const std::uint64_t before = generation();
  pass(seconds(3600));
  EXPECT_EQ(generation(), before) << "nothing is half applied";
  const v1::Schedule ended = schedules().at(0);
  EXPECT_EQ(ended.state(), v1::Schedule::REFUSED);
  EXPECT_EQ(ended.reason(),
            "step 2 of 3, the change, was not made: api.example.com. A was changed meanwhile; TTLs "
            "stay lowered until you apply your files, or roll back");
  pass(hours(9));
  EXPECT_EQ(generation(), before);
}

TEST_F(ScheduleTest, GoesOnWhenOnlyOtherRecordsOfTheZoneChanged) {
  ASSERT_TRUE(schedule(moved_).ok());
  ASSERT_TRUE(
      apply(zone(record("api", "192.0.2.1", 30) + record("other", "192.0.2.8", 60))).status.ok());
  pass(seconds(3600));
  EXPECT_EQ(answer("api"), "30 192.0.2.2");
  EXPECT_EQ(answer("other"), "60 192.0.2.8");
}

TEST_F(ScheduleTest, EndsWhenAnotherManagerTookTheZone) {
  ASSERT_TRUE(schedule(moved_).ok());
  v1::ApplyOptions options;
  options.set_manage_by_api(true);
  options.set_adopt(true);
  ASSERT_TRUE(apply(zone(record("api", "192.0.2.1", 30) + kOther), options).status.ok());
  pass(seconds(3600));
  EXPECT_EQ(answer("api"), "30 192.0.2.1");
  EXPECT_THAT(schedules().at(0).reason(), HasSubstr("zone example.com. is managed by the API"));
}

TEST_F(ScheduleTest, DeletesNoZoneThatHasGotOtherRecordsMeanwhile) {
  const std::string second =
      "zones { name: 'example.org' name_servers: 'ns1.example.net' "
      "record_sets { name: 'www' type: 'A' ttl: 600 records: '192.0.2.5' } ";
  ASSERT_TRUE(apply(second + "}").status.ok());
  v1::ScheduleChangeRequest request;
  request.mutable_plan()->mutable_options()->set_prune(true);
  request.mutable_plan()->mutable_options()->set_force(true);
  const grpc::Status made = schedule(zone(record("api", "192.0.2.1", 3600) + kOther), request);
  ASSERT_TRUE(made.ok()) << made.error_message();
  EXPECT_EQ(scheduled_.steps_size(), 2) << "there is nothing left to restore";
  EXPECT_EQ(scheduled_.steps(1).wait_seconds(), 172800u) << "of the zone's NS records";
  for (const v1::LoweredTtl& line : scheduled_.lowered()) EXPECT_FALSE(line.has_after_seconds());
  ASSERT_TRUE(apply("zones { name: 'example.org' name_servers: 'ns1.example.net' "
                    "record_sets { name: '@' type: 'NS' ttl: 30 records: 'ns1.example.net.' } "
                    "record_sets { name: 'www' type: 'A' ttl: 30 records: '192.0.2.5' } "
                    "record_sets { name: 'new' type: 'A' records: '192.0.2.6' } }")
                  .status.ok());
  pass(hours(48));
  EXPECT_THAT(schedules().at(0).reason(), HasSubstr("new.example.org. A was changed meanwhile"));
  EXPECT_EQ(explain("new.example.org", "A").outcome(), "ANSWER");
}

TEST_F(ScheduleTest, IsCancelledBeforeItsFirstStepWithoutAnyChange) {
  ASSERT_TRUE(schedule_at(moved_, now_ + hours(5)).ok());
  EXPECT_EQ(cancel(1).state(), v1::Schedule::CANCELLED);
  pass(hours(9));
  EXPECT_EQ(generation(), 1u);
  grpc::Status again;
  cancel(1, &again);
  EXPECT_EQ(again.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  cancel(2, &again);
  EXPECT_EQ(again.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ScheduleTest, GivesTheOldTtlsBackWhenCancelledBeforeTheChange) {
  ASSERT_TRUE(
      schedule(zone(record("api", "192.0.2.2", 600) + record("other", "192.0.2.8", 600))).ok());
  EXPECT_EQ(answer("other"), "30 192.0.2.9");
  ASSERT_TRUE(
      apply(zone(record("api", "192.0.2.1", 30) + record("other", "192.0.2.7", 90))).status.ok());
  EXPECT_EQ(cancel(1).state(), v1::Schedule::CANCELLED);
  EXPECT_EQ(answer("api"), "3600 192.0.2.1");
  EXPECT_EQ(answer("other"), "90 192.0.2.7") << "somebody else's by now";
  pass(hours(9));
  EXPECT_EQ(answer("api"), "3600 192.0.2.1");
}

TEST_F(ScheduleTest, GivesTheTtlsOfTheFilesWhenCancelledAfterTheChange) {
  ASSERT_TRUE(schedule(zone(record("api", "192.0.2.2", 600) + kOther)).ok());
  pass(seconds(3600));
  EXPECT_EQ(answer("api"), "30 192.0.2.2");
  EXPECT_THAT(cancel(1).reason(), HasSubstr("cancelled by "));
  EXPECT_EQ(answer("api"), "600 192.0.2.2");
}

TEST_F(ScheduleTest, FinishesACancellationAfterACrash) {
  ASSERT_TRUE(schedule(moved_).ok());
  Schedule stored = store_->schedules().value().at(0);
  stored.shown.set_state(v1::Schedule::CANCELLING);
  ASSERT_TRUE(store_->save_schedule(stored, {}).ok());
  start_all();
  scheduler_->take_due_steps();
  EXPECT_EQ(answer("api"), "3600 192.0.2.1");
  EXPECT_EQ(schedules().at(0).state(), v1::Schedule::CANCELLED);
}

TEST_F(ScheduleTest, RefusesWhatItCannotDoAndKeepsNothingOfIt) {
  const auto refusal = [&](const std::string& text, const v1::ScheduleChangeRequest& request = {}) {
    const grpc::Status status = schedule(text, request);
    EXPECT_FALSE(status.ok());
    return status.error_message();
  };
  EXPECT_EQ(refusal(zone(record("api", "192.0.2.1", 3600) + kOther)), "nothing would change");
  EXPECT_THAT(refusal(zone(record("api", "192.0.2.1", 600) + kOther)),
              HasSubstr("no record set whose answers change has a TTL above 30 s"))
      << "the TTL itself is no answer";
  v1::ScheduleChangeRequest request;
  request.mutable_options()->set_ttl_seconds(86401);
  EXPECT_THAT(refusal(moved_, request), HasSubstr("options.ttl_seconds: 86401 is not allowed"));
  request.mutable_options()->set_ttl_seconds(7200);
  EXPECT_THAT(refusal(moved_, request), HasSubstr("has a TTL above 7200 s"));
  request.Clear();
  request.mutable_plan()->mutable_options()->set_expected_generation(7);
  EXPECT_THAT(refusal(moved_, request), HasSubstr("the running generation is 1, not 7"));
  EXPECT_THAT(
      refusal(zone(record("api", "192.0.2.2", 60) + "record_sets { name: 'api' type: 'CNAME' "
                                                    "records: 'x' }")),
      HasSubstr("conflicts"));
  EXPECT_THAT(schedule_at(moved_, now_ + seconds(3599)).error_message(),
              HasSubstr("options.change_at: is too early; TTLs have to be lowered 3600 s before"));
  EXPECT_TRUE(schedules().empty());
  EXPECT_EQ(generation(), 1u);
}

TEST_F(ScheduleTest, RefusesASecondScheduleOfTheSameRecords) {
  ASSERT_TRUE(schedule(moved_).ok());
  const grpc::Status second = schedule(zone(record("api", "192.0.2.3", 3600) + kOther));
  EXPECT_EQ(second.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(second.error_message(), HasSubstr("schedule 1 touches the same record sets"));
}

TEST_F(ScheduleTest, ShowsInADryRunWhatItWouldDo) {
  v1::ScheduleChangeRequest request;
  request.mutable_options()->set_dry_run(true);
  ASSERT_TRUE(schedule(moved_, request).ok());
  EXPECT_EQ(scheduled_.number(), 0u);
  EXPECT_EQ(scheduled_.steps(0).due().seconds(), 1'800'000'000);
  EXPECT_EQ(scheduled_.lowered_size(), 1);
  EXPECT_TRUE(schedules().empty());
  EXPECT_EQ(generation(), 1u);
}

TEST_F(ScheduleTest, LowersWhatAnAliasLeadsToAndTrafficPoliciesByTheirInstances) {
  const std::string policy =
      "traffic_policies { id: 'tree' version: 1 document: '{\"AWSPolicyFormatVersion\":"
      "\"2015-10-01\",\"RecordType\":\"A\",\"Endpoints\":{\"e\":{\"Type\":\"value\",\"Value\":"
      "\"192.0.2.30\"}},\"StartEndpoint\":\"e\"}' } "
      "traffic_policies { id: 'tree' version: 2 document: '{\"AWSPolicyFormatVersion\":"
      "\"2015-10-01\",\"RecordType\":\"A\",\"Endpoints\":{\"e\":{\"Type\":\"value\",\"Value\":"
      "\"192.0.2.31\"}},\"StartEndpoint\":\"e\"}' } ";
  const auto wanted = [&](const std::string& target, int version) {
    return policy + zone(record("one", "192.0.2.11", 900) + record("two", "192.0.2.12", 1200) +
                         "record_sets { name: 'www' type: 'A' alias_target { dns_name: '" + target +
                         "' } } record_sets { name: 'tree' type: 'A' ttl: 500 "
                         "traffic_policy_instance { policy: 'tree' version: " +
                         std::to_string(version) + " } }");
  };
  const Outcome applied = apply(wanted("one", 1));
  ASSERT_TRUE(applied.status.ok()) << applied.status.error_message();
  const grpc::Status made = schedule(wanted("two", 2));
  ASSERT_TRUE(made.ok()) << made.error_message();
  EXPECT_EQ(answer("www"), "30 192.0.2.11");
  EXPECT_EQ(answer("tree"), "30 192.0.2.30");
  EXPECT_EQ(answer("two"), "1200 192.0.2.12");
  start_all();
  pass(seconds(900));
  EXPECT_EQ(answer("www"), "1200 192.0.2.12");
  EXPECT_EQ(answer("tree"), "30 192.0.2.31");
  pass(seconds(330));
  EXPECT_EQ(answer("one"), "900 192.0.2.11");
  EXPECT_EQ(answer("tree"), "500 192.0.2.31");
}

TEST_F(ScheduleTest, LowersWhatIsRoutedByACollectionThatChanges) {
  const auto wanted = [](const std::string& block) {
    return zone(
               "record_sets { name: 'geo' type: 'A' ttl: 600 records: '192.0.2.41' set_identifier: "
               "'a' "
               "ip_based { collection_id: 'c' location_name: 'home' } } "
               "record_sets { name: 'geo' type: 'A' ttl: 600 records: '192.0.2.42' set_identifier: "
               "'b' "
               "ip_based { collection_id: 'c' location_name: '*' } } ") +
           "cidr_collections { id: 'c' locations { name: 'home' cidr_blocks: '" + block + "' } }";
  };
  const Outcome applied = apply(wanted("198.51.100.0/24"));
  ASSERT_TRUE(applied.status.ok()) << applied.status.error_message();
  const grpc::Status made = schedule(wanted("203.0.113.0/24"));
  ASSERT_TRUE(made.ok()) << made.error_message();
  const auto answer_to = [&](const std::string& client) {
    return explain("geo.example.com", "A", client).variants(0).answer(0);
  };
  EXPECT_EQ(answer_to("198.51.100.7"), "geo.example.com. 30 IN A 192.0.2.41");
  pass(seconds(600));
  EXPECT_EQ(answer_to("203.0.113.7"), "geo.example.com. 30 IN A 192.0.2.41");
  pass(seconds(330));
  EXPECT_EQ(answer_to("203.0.113.7"), "geo.example.com. 600 IN A 192.0.2.41");
}

TEST_F(ScheduleTest, MakesOverdueStepsOnItsOwnThreadWhenItStarts) {
  ASSERT_TRUE(schedule(moved_ + "cidr_collections { id: 'c' locations { name: 'home' "
                                "cidr_blocks: '198.51.100.0/24' } }")
                  .ok());
  now_ += hours(1);
  start_all();
  scheduler_->start();
  relocated_.get_future().wait();  // which the second step does, once it is served
  EXPECT_EQ(answer("api"), "30 192.0.2.2");
}

}  // namespace
}  // namespace signpost::control
