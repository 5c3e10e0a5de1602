// The control services on a store in a temporary folder, without a fast path.
#pragma once

#include <google/protobuf/text_format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/grpc_server.h"
#include "control/services.h"
#include "signpost/v1/control.grpc.pb.h"
#include "signpost/v1/override.grpc.pb.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {

inline v1::Config config(const std::string& text) {
  v1::Config parsed;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &parsed)) << text;
  return parsed;
}

class ServicesTest : public ::testing::Test {
 protected:
  void SetUp() override { start(""); }

  void start(const std::string& socket) {
    grpc_.reset();
    locations_.reset();
    controller_.reset();
    store_.reset();
    auto opened = Store::open(folder_.path());
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    ControllerOptions options;
    options.notify = [this](const model::NoticeEvent& event) { notice_log_.post(event); };
    options.receivers_changed = [this](std::vector<model::NoticeReceiverPtr> receivers) {
      receivers_changed_ = std::move(receivers);
    };
    controller_ = std::make_unique<Controller>(std::move(options), *store_, live_, nullptr);
    ASSERT_TRUE(controller_->start().ok());
    locations_ = std::make_unique<Locations>(location_options_);
    const model::LocalityMapPtr map = locations_->load(controller_->running()->config);
    ASSERT_TRUE(controller_->set_localities(map).ok());
    locations_->start({[this] { return controller_->running()->config; },
                       [this](model::LocalityMapPtr next) {
                         return controller_->set_localities(std::move(next));
                       },
                       [this] { return demand_; }});
    ServiceContext context;
    context.locations = locations_.get();
    context.demand = [this] { return demand_; };
    context.external_states = [this] { return external_states_; };
    context.secondary_states = [this] { return secondary_states_; };
    context.controller = controller_.get();
    context.store = store_.get();
    context.userspace_reason = "no interface in a test";
    context.server_stats = [] { return server::ServerStats{.udp_queries = 7}; };
    context.slow_answer_count = [](std::uint32_t counter) { return 100 + counter; };
    context.check_states = [] {
      health::CheckState state;
      state.id = "check-one";
      state.target = "http://192.0.2.3:80/";
      return std::vector<health::CheckState>{state};
    };
    context.test_check = [this](const model::HealthCheckPtr& check,
                                const health::OnProbeResult& on_result) {
      tested_ = check;
      on_result(test_result_);
    };
    context.notices = &notice_log_;
    context.prober_blind_since = [this] { return prober_blind_since_; };
    context.listen = {"192.0.2.53:53"};
    context.version = "0.0.1";
    config_service_ = make_config_service(context);
    status_service_ = make_status_service(context);
    location_service_ = make_location_service(context);
    health_service_ = make_health_service(context);
    notice_service_ = make_notice_service(context);
    override_service_ = make_override_service(context);
    grpc_options_.socket = socket;
    auto server = GrpcServer::start(
        grpc_options_, {config_service_.get(), status_service_.get(), location_service_.get(),
                        health_service_.get(), notice_service_.get(), override_service_.get()});
    ASSERT_TRUE(server.ok()) << server.status();
    grpc_ = *std::move(server);
    connect(grpc_->in_process_channel());
  }

  void connect(const std::shared_ptr<grpc::Channel>& channel) {
    channel_ = channel;
    config_ = v1::ConfigService::NewStub(channel);
    status_ = v1::StatusService::NewStub(channel);
    location_ = v1::LocationService::NewStub(channel);
    health_ = v1::HealthService::NewStub(channel);
    override_ = v1::OverrideService::NewStub(channel);
  }

  struct Outcome {
    grpc::Status status;
    v1::ApplyResponse reply;
  };
  Outcome apply(const std::vector<v1::Config>& parts, const v1::ApplyOptions& options = {}) {
    Outcome outcome;
    grpc::ClientContext call;
    auto stream = config_->Apply(&call, &outcome.reply);
    bool first = true;
    for (const v1::Config& part : parts) {
      v1::ApplyRequest request;
      if (std::exchange(first, false)) *request.mutable_options() = options;
      *request.mutable_config() = part;
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
    outcome.status = stream->Finish();
    return outcome;
  }
  Outcome apply(const std::string& text, const v1::ApplyOptions& options = {}) {
    return apply(std::vector<v1::Config>{config(text)}, options);
  }

  v1::PlanResponse plan(const v1::Config& part, grpc::Status* status = nullptr) {
    v1::PlanResponse reply;
    grpc::ClientContext call;
    auto stream = config_->Plan(&call, &reply);
    v1::ApplyRequest request;
    *request.mutable_config() = part;
    stream->Write(request);
    stream->WritesDone();
    const grpc::Status finished = stream->Finish();
    if (status) {
      *status = finished;
    } else {
      EXPECT_TRUE(finished.ok()) << finished.error_message();
    }
    return reply;
  }

  std::vector<v1::Config> export_all() {
    std::vector<v1::Config> parts;
    grpc::ClientContext call;
    auto stream = config_->Export(&call, v1::ExportRequest());
    v1::ExportResponse part;
    while (stream->Read(&part)) parts.push_back(part.config());
    EXPECT_TRUE(stream->Finish().ok());
    return parts;
  }

  grpc::Status change(const std::string& text, v1::ApplyResponse* reply) {
    v1::ChangeRecordSetsRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    grpc::ClientContext call;
    auto stream = config_->ChangeRecordSets(&call, reply);
    stream->Write(request);
    stream->WritesDone();
    return stream->Finish();
  }

  v1::ExplainResponse explain(const std::string& name, const std::string& type,
                              const std::string& client = "") {
    v1::ExplainRequest request;
    request.set_client(client);
    request.set_name(name);
    request.set_type(type);
    v1::ExplainResponse reply;
    grpc::ClientContext call;
    EXPECT_TRUE(status_->Explain(&call, request, &reply).ok());
    return reply;
  }

  TemporaryFolder folder_;
  notices::NoticeLog notice_log_;
  std::optional<std::chrono::system_clock::time_point> prober_blind_since_;
  std::vector<model::NoticeReceiverPtr> receivers_changed_;  // as the controller told last
  std::unique_ptr<Store> store_;
  server::LiveTable live_;
  std::unique_ptr<Controller> controller_;
  std::unique_ptr<grpc::Service> config_service_;
  LocationOptions location_options_;
  std::vector<std::uint64_t> demand_{5, 7};  // answers by locality
  std::vector<upstream::TargetState> external_states_;
  std::vector<secondary::SecondaryState> secondary_states_;
  std::unique_ptr<Locations> locations_;
  std::unique_ptr<grpc::Service> status_service_;
  std::unique_ptr<grpc::Service> location_service_;
  health::ProbeResult test_result_;  // of every probe that the health service asks for
  model::HealthCheckPtr tested_;     // what it asked for last
  std::unique_ptr<grpc::Service> health_service_;
  std::unique_ptr<grpc::Service> notice_service_;
  std::unique_ptr<grpc::Service> override_service_;
  GrpcServerOptions grpc_options_;  // but for the socket
  std::unique_ptr<GrpcServer> grpc_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::ConfigService::Stub> config_;
  std::unique_ptr<v1::StatusService::Stub> status_;
  std::unique_ptr<v1::LocationService::Stub> location_;
  std::unique_ptr<v1::HealthService::Stub> health_;
  std::unique_ptr<v1::OverrideService::Stub> override_;
};

}  // namespace signpost::control
