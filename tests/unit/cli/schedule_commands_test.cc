// plan --pre-lower and schedule against a daemon that answers what the test says.
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

class ScheduleCommands : public testing::Test {
 protected:
  void SetUp() override {
    fill(R"(
      generation: 7
      summary { changed: 1 }
      changes { action: CHANGE subject: "api.example.com. A" before: "3600 A 192.0.2.1"
                after: "3600 A 192.0.2.2" }
    )",
         daemon_.planned);
    fill(R"(
      number: 3 author: "root" comment: "new racks" ttl_seconds: 30 state: WAITING
      lowered { name: "api.example.com." type: "A" before_seconds: 3600 after_seconds: 600 }
      lowered { name: "old.example.com." type: "A" before_seconds: 900 }
      steps { kind: LOWER due { seconds: 1785765600 } done { seconds: 1785765600 } }
      steps { kind: CHANGE due { seconds: 1785769200 } wait_seconds: 3600 }
      steps { kind: RESTORE due { seconds: 1785769530 } wait_seconds: 330 }
    )",
         daemon_.schedule);
  }

  Result run(std::vector<std::string> arguments) {
    return run_against(daemon_, std::move(arguments));
  }

  std::string config() { return folder_.write("a.yaml", "zones: [{name: example.com}]"); }

  FakeDaemon daemon_;
  Folder folder_;
};

TEST_F(ScheduleCommands, PlanSchedulesTheChangeAndShowsWhenEachStepComes) {
  const Result result = run({"plan", "-f", config(), "--pre-lower", "30s", "--comment", "racks"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, testing::EndsWith(
                              "\n"
                              "TTLs around the change\n"
                              "NAME              TYPE  TTL BEFORE  LOWERED TO  AT THE END\n"
                              "api.example.com.  A         3600 s        30 s       600 s\n"
                              "old.example.com.  A          900 s        30 s           -\n"
                              "\n"
                              "STEP  WHAT             DUE                   DONE\n"
                              "   1  lower TTLs       2026-08-03 14:00:00Z  2026-08-03 14:00:00Z\n"
                              "   2  make the change  2026-08-03 15:00:00Z  -\n"
                              "   3  restore TTLs     2026-08-03 15:05:30Z  -\n"
                              "schedule 3 is kept; `signpost schedule cancel 3` ends it\n"))
      << result.out;
  ASSERT_EQ(daemon_.schedule_requests.size(), 1u);
  const v1::ScheduleChangeRequest& request = daemon_.schedule_requests[0];
  EXPECT_EQ(request.options().ttl_seconds(), 30u);
  EXPECT_FALSE(request.options().has_change_at());
  EXPECT_FALSE(request.options().dry_run());
  EXPECT_EQ(request.plan().options().expected_generation(), 7u) << "that of the plan";
  EXPECT_EQ(request.plan().options().comment(), "racks");
  EXPECT_EQ(request.plan().config().zones(0).name(), "example.com");
}

TEST_F(ScheduleCommands, PlanAsksForATimeAndADryRun) {
  daemon_.schedule.clear_number();
  const Result result = run({"plan", "-f", config(), "--pre-lower", "1m", "--at",
                             "2026-08-03T16:00:00+02:00", "--dry-run"});
  EXPECT_EQ(result.code, 3) << "nothing is done, and something differs";
  EXPECT_THAT(result.out, HasSubstr("nothing is scheduled: this was a dry run\n"));
  ASSERT_EQ(daemon_.schedule_requests.size(), 1u);
  const v1::ScheduleOptions& options = daemon_.schedule_requests[0].options();
  EXPECT_EQ(options.ttl_seconds(), 60u);
  EXPECT_EQ(options.change_at().seconds(), 1785765600);
  EXPECT_TRUE(options.dry_run());
}

TEST_F(ScheduleCommands, PlanAsJsonHoldsTheSchedule) {
  const Result result = run({"plan", "-f", config(), "--pre-lower", "30s", "-o", "json"});
  EXPECT_EQ(result.code, 0);
  v1::PlanWithImpact message;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(result.out, &message).ok()) << result.out;
  EXPECT_EQ(message.plan().changes_size(), 1);
  EXPECT_FALSE(message.has_impact());
  EXPECT_EQ(message.schedule().number(), 3u);
  EXPECT_EQ(message.schedule().steps(1).due().seconds(), 1785769200);
}

TEST_F(ScheduleCommands, PlanSchedulesNothingWhereNothingDiffers) {
  daemon_.planned.clear_changes();
  daemon_.planned.clear_summary();
  EXPECT_EQ(run({"plan", "-f", config(), "--pre-lower", "30s"}).code, 0);
  EXPECT_TRUE(daemon_.schedule_requests.empty());
}

TEST_F(ScheduleCommands, PlanRefusesTtlsAndTimesThatItCannotReadBeforeItAsks) {
  Result result = run({"plan", "-f", config(), "--pre-lower", "30"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("--pre-lower: \"30\" is no duration"));
  result = run({"plan", "-f", config(), "--pre-lower", "30s", "--at", "tomorrow"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("--at: \"tomorrow\" is no time"));
  EXPECT_EQ(run({"plan", "-f", config(), "--at", "2026-08-03T16:00:00Z"}).code, 2);
  EXPECT_TRUE(daemon_.requests.empty());
}

TEST_F(ScheduleCommands, ListShowsWhatComesNextAndWhyOthersEnded) {
  *daemon_.schedules.add_schedules() = daemon_.schedule;
  fill(R"(number: 4 author: "ann" ttl_seconds: 60 state: REFUSED reason: "api was changed meanwhile"
          steps { kind: LOWER })",
       *daemon_.schedules.add_schedules());
  EXPECT_EQ(run({"schedule", "list"}).out,
            "SCHEDULE  STATE    NEXT             DUE                    TTL  LOWERED  AUTHOR  "
            "COMMENT    REASON\n"
            "       3  waits    make the change  2026-08-03 15:00:00Z  30 s        2  root    "
            "new racks  -\n"
            "       4  refused  -                -                     60 s        0  ann     "
            "-          api was changed meanwhile\n");
  daemon_.schedules.Clear();
  EXPECT_EQ(run({"schedule", "list"}).out, "no schedules\n");
}

TEST_F(ScheduleCommands, CancelNamesTheScheduleAndWhatBecameOfIt) {
  daemon_.schedule.set_state(v1::Schedule::CANCELLED);
  daemon_.schedule.set_reason("cancelled by root");
  const Result result = run({"schedule", "cancel", "3"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "schedule 3 is cancelled: cancelled by root\n");
  EXPECT_EQ(daemon_.cancelled.number(), 3u);
}

}  // namespace
}  // namespace signpost::cli
