// The health service over gRPC, on a real store; probes are played by the fixture.
#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

#include "control/health_history.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kChecks = R"(
  health_checks { id: "web" http { ip_address: "192.0.2.1" resource_path: "/up" } }
  health_checks { id: "both" calculated { child_health_checks: "web" health_threshold: 1 } }
  health_checks { id: "door" recovery_control {} })";

class HealthServiceTest : public ServicesTest {
 protected:
  void SetUp() override {
    ServicesTest::SetUp();
    ASSERT_TRUE(apply(kChecks).status.ok());
  }

  grpc::Status test(const std::string& text, v1::TestHealthCheckResponse& reply) {
    v1::TestHealthCheckRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    grpc::ClientContext call;
    return health_->TestHealthCheck(&call, request, &reply);
  }

  grpc::Status set_switch(const std::string& id, bool on, const std::string& reason) {
    v1::SetRecoveryControlRequest request;
    request.set_id(id);
    request.set_on(on);
    request.set_reason(reason);
    v1::SetRecoveryControlResponse reply;
    grpc::ClientContext call;
    return health_->SetRecoveryControl(&call, request, &reply);
  }

  v1::ListHealthHistoryResponse history(const std::string& text) {
    v1::ListHealthHistoryRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    v1::ListHealthHistoryResponse reply;
    grpc::ClientContext call;
    const grpc::Status status = health_->ListHealthHistory(&call, request, &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return reply;
  }

  static std::vector<std::string> statuses(const v1::ListHealthHistoryResponse& reply) {
    std::vector<std::string> all;
    for (const auto& item : reply.items())
      all.push_back(item.id() + " " + v1::HealthStatus_Name(item.status()));
    return all;
  }
};

TEST_F(HealthServiceTest, TestsACheckThatRunsAndTellsEachStep) {
  test_result_.outcome = health::ProbeOutcome::kFailure;
  test_result_.text = "Failure: connection refused";
  test_result_.elapsed = std::chrono::microseconds(2500);
  test_result_.steps = {{std::chrono::milliseconds(1), "connecting"}};
  v1::TestHealthCheckResponse reply;
  ASSERT_TRUE(test(R"(id: "web")", reply).ok());
  ASSERT_NE(tested_, nullptr);
  EXPECT_EQ(tested_->id, "web");
  EXPECT_EQ(reply.target(), "http://192.0.2.1:80/up");
  EXPECT_EQ(reply.outcome(), v1::TestHealthCheckResponse::FAILURE);
  EXPECT_EQ(reply.result(), "Failure: connection refused");
  EXPECT_DOUBLE_EQ(reply.milliseconds(), 2.5);
  ASSERT_EQ(reply.steps_size(), 1);
  EXPECT_EQ(reply.steps(0).text(), "connecting");
  EXPECT_DOUBLE_EQ(reply.steps(0).milliseconds(), 1);
}

TEST_F(HealthServiceTest, TestsACheckThatNobodyHasApplied) {
  test_result_.outcome = health::ProbeOutcome::kSuccess;
  v1::TestHealthCheckResponse reply;
  ASSERT_TRUE(
      test(R"(health_check { id: "new" tcp { ip_address: "192.0.2.9" port: 5432 } })", reply).ok());
  EXPECT_EQ(reply.target(), "tcp://192.0.2.9:5432");
  EXPECT_EQ(reply.outcome(), v1::TestHealthCheckResponse::SUCCESS);
  EXPECT_EQ(controller_->running()->config.health_checks.find("new"), nullptr);
}

TEST_F(HealthServiceTest, RefusesToTestWhatIsNotProbedOrNotThere) {
  v1::TestHealthCheckResponse reply;
  EXPECT_EQ(test(R"(id: "both")", reply).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(test(R"(id: "door")", reply).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(test(R"(id: "nobody")", reply).error_code(), grpc::StatusCode::NOT_FOUND);
  const grpc::Status wrong = test(R"(health_check { id: "x" tcp { port: 70000 } })", reply);
  EXPECT_EQ(wrong.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(wrong.error_message(), HasSubstr("health_check.tcp"));
  EXPECT_EQ(tested_, nullptr);
}

TEST_F(HealthServiceTest, SwitchesAndKeepsWhoAndWhyInTheHistory) {
  ASSERT_TRUE(set_switch("door", false, "work on the rack").ok());
  ASSERT_TRUE(set_switch("door", true, "").ok());
  const auto reply = history("");
  EXPECT_THAT(statuses(reply), ElementsAre("door HEALTHY", "door UNHEALTHY"));
  EXPECT_THAT(reply.items(1).reason(), HasSubstr("switched off: work on the rack, by "));
  EXPECT_GT(reply.items(1).time().seconds(), 0);
  EXPECT_EQ(controller_->running()->seen.of("door"), model::Health::kHealthy);
}

TEST_F(HealthServiceTest, RefusesToSwitchWhatIsNoSwitch) {
  EXPECT_EQ(set_switch("web", false, "").error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(set_switch("nobody", false, "").error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(set_switch("door", false, std::string(501, 'x')).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(history("").items(), IsEmpty());
}

TEST_F(HealthServiceTest, GivesTheHistoryInPagesNewestFirst) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(set_switch("door", false, "").ok());
    ASSERT_TRUE(set_switch("door", true, "").ok());
  }
  std::vector<std::string> all;
  std::string token;
  do {
    const auto page = history("id: \"door\" page_size: 4 page_token: \"" + token + "\"");
    EXPECT_LE(page.items_size(), 4);
    for (const std::string& status : statuses(page)) all.push_back(status);
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(all, ElementsAre("door HEALTHY", "door UNHEALTHY", "door HEALTHY", "door UNHEALTHY",
                               "door HEALTHY", "door UNHEALTHY"));
  EXPECT_THAT(history(R"(id: "web")").items(), IsEmpty());
}

TEST_F(HealthServiceTest, RefusesAPageTokenThatIsNotOurs) {
  v1::ListHealthHistoryRequest request;
  request.set_page_token("zz");
  v1::ListHealthHistoryResponse reply;
  grpc::ClientContext call;
  EXPECT_EQ(health_->ListHealthHistory(&call, request, &reply).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace signpost::control
