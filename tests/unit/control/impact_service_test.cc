#include "control/impact_service.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/grpc_server.h"
#include "control/services.h"
#include "signpost/v1/control.grpc.pb.h"
#include "signpost/v1/impact.grpc.pb.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

using testing::HasSubstr;

// One name that is shared out, and a simple one.
std::string zone_with(int one, int two) {
  return "zones { name: 'example.com' name_servers: 'ns1.example.net' "
         "  record_sets { name: 'www' type: 'A' records: '192.0.2.1' records: '192.0.2.2' } "
         "  record_sets { name: 'api' type: 'A' ttl: 60 records: '192.0.2.3' "
         "    set_identifier: 'one' health_check_id: 'check-one' weighted { weight: " +
         std::to_string(one) +
         " } } "
         "  record_sets { name: 'api' type: 'A' ttl: 60 records: '192.0.2.4' "
         "    set_identifier: 'two' weighted { weight: " +
         std::to_string(two) +
         " } } } "
         "health_checks { id: 'check-one' http { ip_address: '192.0.2.3' } }";
}

template <typename Message>
Message parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

class ImpactServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Store::open(folder_.path());
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    ControllerOptions options;
    options.first_verdict_wait = std::chrono::milliseconds(0);
    controller_ = std::make_unique<Controller>(options, *store_, live_, nullptr);
    ASSERT_TRUE(controller_->start().ok());
    ServiceContext context;
    context.controller = controller_.get();
    context.store = store_.get();
    config_service_ = make_config_service(context);
    ImpactContext impact;
    impact.controller = controller_.get();
    impact.demand = [this] { return demand_; };
    impact_service_ = make_impact_service(impact);
    auto server = GrpcServer::start({}, {config_service_.get(), impact_service_.get()});
    ASSERT_TRUE(server.ok()) << server.status();
    grpc_ = *std::move(server);
    config_ = v1::ConfigService::NewStub(grpc_->in_process_channel());
    impact_ = v1::ImpactService::NewStub(grpc_->in_process_channel());

    v1::ApplyResponse reply;
    grpc::ClientContext call;
    auto stream = config_->Apply(&call, &reply);
    v1::ApplyRequest request;
    *request.mutable_config() = parse<v1::Config>(zone_with(3, 1));
    stream->Write(request);
    stream->WritesDone();
    const grpc::Status applied = stream->Finish();
    ASSERT_TRUE(applied.ok()) << applied.error_message();
  }

  grpc::Status plan_impact(const std::vector<v1::PlanImpactRequest>& parts,
                           v1::PlanImpactResponse* reply) {
    grpc::ClientContext call;
    auto stream = impact_->PlanImpact(&call, reply);
    for (const v1::PlanImpactRequest& part : parts) stream->Write(part);
    stream->WritesDone();
    return stream->Finish();
  }
  v1::PlanImpactResponse impact_of(const std::string& request, const std::string& config) {
    auto part = parse<v1::PlanImpactRequest>(request);
    *part.mutable_plan()->mutable_config() = parse<v1::Config>(config);
    v1::PlanImpactResponse reply;
    const grpc::Status status = plan_impact({part}, &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return reply;
  }

  grpc::Status simulate(const v1::SimulateRequest& request, v1::SimulateResponse* reply) {
    grpc::ClientContext call;
    auto stream = impact_->Simulate(&call, reply);
    stream->Write(request);
    stream->WritesDone();
    return stream->Finish();
  }
  v1::SimulateResponse simulated(const v1::SimulateRequest& request) {
    v1::SimulateResponse reply;
    const grpc::Status status = simulate(request, &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return reply;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  server::LiveTable live_;
  std::unique_ptr<Controller> controller_;
  std::vector<std::uint64_t> demand_;
  std::unique_ptr<grpc::Service> config_service_;
  std::unique_ptr<grpc::Service> impact_service_;
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<v1::ConfigService::Stub> config_;
  std::unique_ptr<v1::ImpactService::Stub> impact_;
};

TEST_F(ImpactServiceTest, TellsHowLongFailoverTakesAfterThePlan) {
  std::string wanted = zone_with(1, 1);
  for (std::size_t at = 0; (at = wanted.find("ttl: 60", at)) != std::string::npos;)
    wanted.replace(at, 7, "ttl: 900");
  v1::PlanImpactRequest part;
  *part.mutable_plan()->mutable_config() = parse<v1::Config>(wanted);
  v1::PlanImpactResponse reply;
  ASSERT_TRUE(plan_impact({part}, &reply).ok());
  ASSERT_EQ(reply.failover_times_size(), 1);
  const v1::FailoverTime& time = reply.failover_times(0);
  EXPECT_EQ(time.name(), "api.example.com.");
  EXPECT_EQ(time.health_check_id(), "check-one");
  EXPECT_EQ(time.detection_milliseconds(), 98'000u);  // 3 intervals of 30 s, and 8 s of the probe
  EXPECT_EQ(time.ttl_seconds(), 900u);
  ASSERT_EQ(reply.warnings_size(), 1);
  EXPECT_THAT(reply.warnings(0), HasSubstr("clients keep the answer for 900 s"));
}

TEST_F(ImpactServiceTest, TellsWhichPartOfTheAnswersMovesAndKeepsNothing) {
  const v1::PlanImpactResponse reply = impact_of("", zone_with(1, 1));
  ASSERT_EQ(reply.answers_size(), 1);
  const v1::AnswerImpact& answer = reply.answers(0);
  EXPECT_EQ(answer.name(), "api.example.com.");
  EXPECT_EQ(answer.type(), "A");
  EXPECT_NEAR(answer.moved(), 0.25, 1e-9);
  ASSERT_EQ(answer.endpoints_size(), 2);
  EXPECT_EQ(answer.endpoints(0).endpoint().outcome(), "ANSWER");
  EXPECT_EQ(answer.endpoints(0).endpoint().choice(), "one");
  EXPECT_THAT(answer.endpoints(0).endpoint().records(), testing::ElementsAre("192.0.2.3"));
  EXPECT_NEAR(answer.endpoints(0).before(), 0.75, 1e-9);
  EXPECT_NEAR(answer.endpoints(0).after(), 0.5, 1e-9);
  EXPECT_NEAR(reply.total().moved(), 0.25, 1e-9);
  EXPECT_EQ(reply.generation(), 1u);
  EXPECT_EQ(reply.weighing(), "each locality of which anything is known counts alike");
  EXPECT_EQ(controller_->running()->config.generation, 1u);
  EXPECT_EQ(reply.failures_size(), 0);
  EXPECT_EQ(impact_of("", zone_with(3, 1)).answers_size(), 0);
}

TEST_F(ImpactServiceTest, WeighsByTheDemandThatWasCountedUnlessOneIsGiven) {
  demand_ = {42};
  EXPECT_EQ(impact_of("", zone_with(1, 1)).weighing(),
            "clients count by the 42 answers given to them by where they are");
  EXPECT_EQ(impact_of("demand { prefix: '192.0.2.0/24' queries: 7 }", zone_with(1, 1)).weighing(),
            "clients count by the demand given, 7 queries per second for each name");
}

TEST_F(ImpactServiceTest, TellsOfFailuresAndOfEndpointsThatWouldGetTooMuch) {
  const v1::PlanImpactResponse reply = impact_of(
      "options { failures: true capacities { endpoint: 'two' queries_per_second: 600 } } "
      "demand { prefix: '192.0.2.0/24' queries: 800 } demand { prefix: '2001:db8::1' queries: 200 "
      "}",
      zone_with(1, 1));
  ASSERT_EQ(reply.failures_size(), 2);
  EXPECT_EQ(reply.failures(0).what(), "check check-one");
  EXPECT_EQ(reply.failures(0).answer().name(), "api.example.com.");
  ASSERT_EQ(reply.failures(0).answer().endpoints_size(), 1);
  EXPECT_NEAR(reply.failures(0).answer().endpoints(0).after(), 1, 1e-9);
  EXPECT_EQ(reply.failures(0).unserved_after(), 0);
  EXPECT_EQ(reply.failures(1).what(), "endpoint 192.0.2.4");
  EXPECT_NEAR(reply.failures(1).unserved_before(), 0.25, 1e-9);
  EXPECT_NEAR(reply.failures(1).unserved_after(), 0.5, 1e-9);
  EXPECT_THAT(reply.warnings(),
              testing::ElementsAre("two would get 1000 queries per second if check check-one "
                                   "failed, over its capacity of 600"));
}

TEST_F(ImpactServiceTest, RefusesWhatItCannotRead) {
  const auto refusal = [&](const std::vector<std::string>& parts) {
    std::vector<v1::PlanImpactRequest> messages;
    for (const std::string& part : parts) messages.push_back(parse<v1::PlanImpactRequest>(part));
    v1::PlanImpactResponse reply;
    const grpc::Status status = plan_impact(messages, &reply);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    return status.error_message();
  };
  EXPECT_THAT(refusal({"demand { prefix: '192.0.2.1/24' queries: 1 }"}),
              HasSubstr("demand[0]: prefix: "));
  EXPECT_THAT(refusal({"demand { prefix: '::/0' queries: 1 } demand { prefix: '::/0' }"}),
              HasSubstr("demand[1]: queries: "));
  EXPECT_THAT(refusal({"", "options { failures: true }"}), HasSubstr("options: only the first"));
  EXPECT_THAT(refusal({"options { capacities { endpoint: 'a' queries_per_second: 1 } }"}),
              HasSubstr("need a demand"));
  EXPECT_THAT(refusal({"plan { config { zones { name: 'example.com' record_sets { name: 'x' "
                       "type: 'A' records: 'y' } } } }"}),
              HasSubstr("zones[0].record_sets[0]"));
}

TEST_F(ImpactServiceTest, SimulatesTheRunningConfigurationAndAnother) {
  auto request = parse<v1::SimulateRequest>(
      "queries { name: 'API.example.com' client: '192.0.2.77' count: 100 } "
      "queries { name: 'www.example.com' type: 'AAAA' } "
      "queries { name: 'nothing.example.com' type: 'TXT' client: '2001:db8::/56' } "
      "queries { name: 'example.org' type: 'A' }");
  v1::SimulateResponse reply = simulated(request);
  EXPECT_EQ(reply.queries(), 103u);
  EXPECT_EQ(reply.unlocated(), 103u) << "there are no geographic data";
  ASSERT_EQ(reply.answers_size(), 4);
  std::map<std::string, v1::SimulatedAnswer> by_name;
  for (const v1::SimulatedAnswer& answer : reply.answers())
    by_name[answer.name() + " " + answer.type()] = answer;
  ASSERT_EQ(by_name["api.example.com. A"].endpoints_size(), 2);
  EXPECT_NEAR(by_name["api.example.com. A"].endpoints(0).queries(), 75, 1e-9);
  EXPECT_EQ(by_name["www.example.com. AAAA"].endpoints(0).endpoint().outcome(), "NODATA");
  EXPECT_EQ(by_name["*.example.com. TXT"].endpoints(0).endpoint().outcome(), "NXDOMAIN");
  EXPECT_EQ(by_name[". A"].endpoints(0).endpoint().outcome(), "REFUSED");

  request.mutable_options()->add_down("check-one");
  reply = simulated(request);
  ASSERT_EQ(reply.outcomes_size(), 4);
  for (const v1::SimulatedAnswer& answer : reply.answers()) {
    if (answer.name() != "api.example.com.") continue;
    ASSERT_EQ(answer.endpoints_size(), 1);
    EXPECT_EQ(answer.endpoints(0).endpoint().choice(), "two");
  }

  request.clear_options();
  *request.mutable_plan()->mutable_config() = parse<v1::Config>(zone_with(1, 4));
  reply = simulated(request);
  for (const v1::SimulatedAnswer& answer : reply.answers()) {
    if (answer.name() != "api.example.com.") continue;
    EXPECT_NEAR(answer.endpoints(0).queries(), 20, 1e-9);
  }
}

TEST_F(ImpactServiceTest, SimulatesOnlyWhatCanBeAsked) {
  v1::SimulateResponse reply;
  grpc::Status status =
      simulate(parse<v1::SimulateRequest>("options { down: 'check-none' }"), &reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "options.down: there is no health check check-none");
  status = simulate(parse<v1::SimulateRequest>("queries { name: 'a' } queries { name: 'b..c' }"),
                    &reply);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("queries[1]: name: "));
}

}  // namespace
}  // namespace signpost::control
