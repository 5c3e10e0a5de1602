// The control services over TCP: certificates, roles, and what is written down of calls.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "control/access/guarded_service.h"
#include "signpost/v1/notices.grpc.pb.h"
#include "tests/support/certificates.h"
#include "tests/support/free_port.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using std::chrono::system_clock;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kOneZone = "zones { name: 'example.com' name_servers: 'ns1.example.net' }";

Certificate authority(const std::string& name) {
  return make_certificate(name, system_clock::now() + std::chrono::hours(1));
}

class ControlPortTest : public ServicesTest {
 protected:
  void SetUp() override {
    grpc_options_.tls = {.address = "127.0.0.1",
                         .port = signpost::testing::free_port(),
                         .certificate = folder_ / "server.pem",
                         .key = folder_ / "server.key",
                         .client_authority = folder_ / "clients.pem",
                         .reload = std::chrono::seconds(1)};
    grpc_options_.roles = {.admins = {"cert:ops-*.example.net"},
                           .operators = {"cert:deploy.example.net"},
                           .readers = {"cert:look.example.net"}};
    grpc_options_.audit_log = folder_ / "audit.log";
    write("clients.pem", authority_.certificate);
    write_server(server_);
    start("");
  }

  void write(const std::string& file, const std::string& text) {
    // As certbot and others do: so nobody reads half of it.
    std::ofstream(folder_ / "new") << text;
    std::filesystem::rename(folder_ / "new", folder_ / file);
  }
  void write_server(const Certificate& server) {
    write("server.key", server.key);
    write("server.pem", server.certificate);
  }

  Certificate signed_for(const std::string& name,
                         std::chrono::seconds life = std::chrono::hours(1)) const {
    return make_certificate(name, system_clock::now() + life, &authority_);
  }

  // A connection of its own.
  std::shared_ptr<grpc::Channel> channel(const Certificate& client,
                                         const std::string& roots = "") const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(
        "127.0.0.1:" + std::to_string(grpc_options_.tls.port),
        grpc::SslCredentials({.pem_root_certs = roots.empty() ? authority_.certificate : roots,
                              .pem_private_key = client.key,
                              .pem_cert_chain = client.certificate}),
        arguments);
  }

  grpc::Status get_status(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext call;
    call.set_deadline(system_clock::now() + std::chrono::seconds(20));
    v1::GetStatusResponse reply;
    return v1::StatusService::NewStub(channel)->GetStatus(&call, {}, &reply);
  }

  // What becomes of a call with an empty message.
  static grpc::Status call(const std::shared_ptr<grpc::Channel>& channel,
                           const std::string& method) {
    grpc::ClientContext context;
    context.set_deadline(system_clock::now() + std::chrono::seconds(3));
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel);
    const auto reader = stub.PrepareUnaryCall(
        &context, method, grpc::ByteBuffer(std::vector<grpc::Slice>(1).data(), 1), &queue);
    reader->StartCall();
    grpc::ByteBuffer reply;
    grpc::Status status;
    int tag = 0;
    reader->Finish(&reply, &status, &tag);
    void* got = nullptr;
    bool ok = false;
    queue.Next(&got, &ok);
    return status;
  }

  std::vector<boost::json::object> audit_lines() {
    std::ifstream file(folder_ / "audit.log");
    std::vector<boost::json::object> lines;
    for (std::string line; std::getline(file, line);)
      lines.push_back(boost::json::parse(line).as_object());
    return lines;
  }

  std::string exposed() {
    metrics::Registry registry;
    const auto registration =
        registry.add([&](std::vector<metrics::Family>& families) { grpc_->collect(families); });
    return registry.expose();
  }

  const Certificate authority_ = authority("Example authority");
  const Certificate server_ = signed_for("127.0.0.1");
};

TEST_F(ControlPortTest, LetsEachRoleCallWhatItMayAndNothingElse) {
  grpc_options_.quota.burst = 10'000;
  start("");
  const std::map<Role, std::string> holders = {{Role::kNone, "stranger.example.net"},
                                               {Role::kReader, "look.example.net"},
                                               {Role::kOperator, "deploy.example.net"},
                                               {Role::kAdmin, "ops-1.example.net"}};
  for (const auto& [role, name] : holders) {
    const std::shared_ptr<grpc::Channel> connection = channel(signed_for(name));
    for (const grpc::Service* service :
         {config_service_.get(), status_service_.get(), location_service_.get(),
          health_service_.get(), notice_service_.get(), override_service_.get()}) {
      const google::protobuf::ServiceDescriptor& definition = *definition_of(*service);
      for (int i = 0; i < definition.method_count(); ++i) {
        const std::string method =
            "/" + definition.full_name() + "/" + definition.method(i)->name();
        const bool denied =
            call(connection, method).error_code() == grpc::StatusCode::PERMISSION_DENIED;
        EXPECT_EQ(denied, role < rule_of(method)->needed) << name << " " << method;
      }
    }
  }
}

TEST_F(ControlPortTest, SaysWhichRoleIsNeededWhoWasSeenAndWhatToDo) {
  EXPECT_EQ(call(channel(signed_for("look.example.net")), "/signpost.v1.ConfigService/Apply")
                .error_message(),
            "this call needs the role admin; certificate look.example.net has the role reader. An "
            "administrator of the server gives roles by `signpostd --admin cert:NAME`");
  EXPECT_THAT(get_status(channel(signed_for("stranger.example.net"))).error_message(),
              HasSubstr("needs the role reader; certificate stranger.example.net has no role."));
}

TEST_F(ControlPortTest, AttributesAChangeToTheCertificateWhateverTheClientSays) {
  connect(channel(signed_for("ops-1.example.net")));
  grpc::ClientContext call;
  for (const char* key : {"signpost-identity", "x-forwarded-user", "author", "x509_common_name"})
    call.AddMetadata(key, "root");
  call.set_authority("127.0.0.1");
  v1::ApplyResponse reply;
  auto stream = config_->Apply(&call, &reply);
  v1::ApplyRequest request;
  *request.mutable_config() = config(kOneZone);
  stream->Write(request);
  stream->WritesDone();
  ASSERT_TRUE(stream->Finish().ok());
  const auto entries = store_->history(0, 1);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ((*entries)[0].author, "certificate ops-1.example.net");
}

TEST_F(ControlPortTest, TakesACertificateInAUsersNameForNoUser) {
  grpc_options_.roles.admins = {"user:root", "cert:ops-*.example.net"};
  start("");
  EXPECT_THAT(get_status(channel(signed_for("root"))).error_message(),
              HasSubstr("certificate root has no role"));
}

TEST_F(ControlPortTest, HangsUpOnWhoShowsNoCertificateOfTheAuthority) {
  const Certificate other = authority("Other authority");
  const Certificate forged =
      make_certificate("ops-1.example.net", system_clock::now() + std::chrono::hours(1), &other);
  const Certificate own = authority("ops-1.example.net");
  const Certificate expired = signed_for("ops-1.example.net", std::chrono::seconds(-60));
  for (const Certificate& client : {forged, own, expired, Certificate{}})
    EXPECT_EQ(get_status(channel(client)).error_code(), grpc::StatusCode::UNAVAILABLE);
  const auto plain = grpc::CreateChannel("127.0.0.1:" + std::to_string(grpc_options_.tls.port),
                                         grpc::InsecureChannelCredentials());
  EXPECT_EQ(get_status(plain).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(get_status(channel(signed_for("ops-1.example.net"))).ok());
  EXPECT_TRUE(audit_lines().empty()) << "no call was made";
}

TEST_F(ControlPortTest, ShowsANewCertificateWithoutARestartAndKeepsConnections) {
  const Certificate client = signed_for("look.example.net");
  const auto before = channel(client);
  ASSERT_TRUE(get_status(before).ok());
  const Certificate next_authority = authority("Next authority");
  write_server(
      make_certificate("127.0.0.1", system_clock::now() + std::chrono::hours(1), &next_authority));
  const auto deadline = system_clock::now() + std::chrono::seconds(30);
  while (!get_status(channel(client, next_authority.certificate)).ok())
    ASSERT_LT(system_clock::now(), deadline);
  EXPECT_EQ(get_status(channel(client)).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(get_status(before).ok());
}

TEST_F(ControlPortTest, OutlivesFilesThatAreNoCertificates) {
  const Certificate client = signed_for("look.example.net");
  const auto deadline = system_clock::now() + std::chrono::seconds(30);
  write_server({.certificate = "nothing of use", .key = "neither"});
  while (get_status(channel(client)).ok()) ASSERT_LT(system_clock::now(), deadline);
  write_server(server_);
  while (!get_status(channel(client)).ok()) ASSERT_LT(system_clock::now(), deadline);
}

TEST_F(ControlPortTest, DoesNotStartWithFilesThatAreOfNoUse) {
  const auto refusal = [&] {
    return std::string(GrpcServer::start(grpc_options_, {}).status().message());
  };
  grpc_options_.tls.port = signpost::testing::free_port();
  grpc_options_.tls.certificate = folder_ / "none.pem";
  EXPECT_THAT(refusal(), AllOf(HasSubstr("--grpc-cert"), HasSubstr("none.pem")));
  grpc_options_.tls.certificate = folder_ / "server.pem";
  write("server.key", signed_for("127.0.0.1").key);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("--grpc-key"), HasSubstr("key values mismatch")));
  write_server(signed_for("127.0.0.1", std::chrono::seconds(-60)));
  EXPECT_THAT(refusal(), HasSubstr("server.pem: the certificate has expired"));
  write_server(server_);
  write("clients.pem", "nothing of use");
  EXPECT_THAT(refusal(), HasSubstr("--grpc-client-ca"));
  write("clients.pem", authority_.certificate);
  grpc_options_.roles = {.admins = {"user:root"}};
  EXPECT_THAT(refusal(), HasSubstr("no certificate has a role"));
  grpc_options_.roles = {.admins = {"cert:*"}};
  grpc_options_.tls.address = "localhost";
  EXPECT_THAT(refusal(), HasSubstr("\"localhost\" is no IP address"));
}

TEST_F(ControlPortTest, WritesDownChangesAndRefusals) {
  connect(channel(signed_for("ops-1.example.net")));
  ASSERT_TRUE(apply(kOneZone).status.ok());
  get_status(channel_);
  const auto deployer = channel(signed_for("deploy.example.net"));
  v1::SetRecoveryControlRequest request;
  request.set_id("none");
  v1::SetRecoveryControlResponse reply;
  grpc::ClientContext context;
  v1::HealthService::NewStub(deployer)->SetRecoveryControl(&context, request, &reply);
  call(deployer, "/signpost.v1.ConfigService/Export");
  call(deployer, "/signpost.v1.ConfigService/Rollback");
  const std::vector<boost::json::object> lines = audit_lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].at("identity"), "certificate ops-1.example.net");
  EXPECT_EQ(lines[0].at("role"), "admin");
  EXPECT_EQ(lines[0].at("method"), "/signpost.v1.ConfigService/Apply");
  EXPECT_EQ(lines[0].at("code"), "OK");
  EXPECT_EQ(lines[0].at("generation"), 1);
  EXPECT_THAT(std::string(lines[0].at("summary").as_string()), HasSubstr("0 changed, 0 removed"));
  EXPECT_THAT(std::string(lines[0].at("peer").as_string()), ::testing::StartsWith("127.0.0.1:"));
  EXPECT_EQ(lines[1].at("code"), "NOT_FOUND");
  EXPECT_EQ(lines[1].at("summary"), "id: \"none\"");
  EXPECT_EQ(lines[2].at("identity"), "certificate deploy.example.net");
  EXPECT_EQ(lines[2].at("method"), "/signpost.v1.ConfigService/Rollback");
  EXPECT_EQ(lines[2].at("code"), "PERMISSION_DENIED");
  EXPECT_FALSE(lines[2].contains("generation"));
  EXPECT_THAT(exposed(), HasSubstr("signpost_control_calls_refused_total{reason=\"role\"} 1"));
}

TEST_F(ControlPortTest, RefusesMoreCallsThanTheRateOfOneCallerAndServesOthers) {
  grpc_options_.quota = {.calls_per_second = 0.1, .burst = 3};
  start("");
  const auto greedy = channel(signed_for("look.example.net"));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(get_status(greedy).ok());
  grpc::ClientContext call;
  v1::GetStatusResponse reply;
  const grpc::Status refused = v1::StatusService::NewStub(greedy)->GetStatus(&call, {}, &reply);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(refused.error_message(),
              HasSubstr("certificate look.example.net makes more than 0.1 calls a second; try"));
  EXPECT_TRUE(call.GetServerTrailingMetadata().contains("grpc-retry-pushback-ms"));
  EXPECT_TRUE(get_status(channel(signed_for("deploy.example.net"))).ok());
  EXPECT_THAT(exposed(), HasSubstr("signpost_control_calls_refused_total{reason=\"rate\"} 1"));
  EXPECT_TRUE(audit_lines().empty());
}

TEST_F(ControlPortTest, HangsUpOnWhoGoesOnAlthoughItIsRefused) {
  grpc_options_.quota = {.calls_per_second = 0.1, .burst = 1, .debt = 3};
  start("");
  const auto flooding = channel(signed_for("look.example.net"));
  std::vector<grpc::StatusCode> codes;
  for (int i = 0; i < 4; ++i) codes.push_back(get_status(flooding).error_code());
  EXPECT_EQ(codes[0], grpc::StatusCode::OK);
  EXPECT_EQ(codes[1], grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(codes[2], grpc::StatusCode::RESOURCE_EXHAUSTED);
  const auto deadline = system_clock::now() + std::chrono::seconds(30);
  const auto no_connection = [&] {
    return get_status(channel(signed_for("look.example.net"))).error_code() ==
           grpc::StatusCode::UNAVAILABLE;
  };
  while (!no_connection()) ASSERT_LT(system_clock::now(), deadline);
}

TEST_F(ControlPortTest, KeepsRoomForAdminsWhileOthersHoldStreams) {
  grpc_options_.quota = {.under_way_of_one = 2, .under_way_of_most = 2};
  start("");
  const auto watcher = v1::NoticeService::NewStub(channel(signed_for("look.example.net")));
  grpc::ClientContext contexts[3];
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchNoticesResponse>>> readers;
  for (grpc::ClientContext& context : contexts) {
    readers.push_back(watcher->WatchNotices(&context, {}));
    readers.back()->WaitForInitialMetadata();
  }
  EXPECT_EQ(readers[2]->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(get_status(channel(signed_for("deploy.example.net"))).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(get_status(channel(signed_for("ops-1.example.net"))).ok());
  for (grpc::ClientContext& context : contexts) context.TryCancel();
  for (int i = 0; i < 2; ++i) readers[i]->Finish();
}

TEST_F(ControlPortTest, KeepsReflectionToCallersWithARole) {
  constexpr const char* kReflection =
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  EXPECT_EQ(call(channel(signed_for("stranger.example.net")), kReflection).error_code(),
            grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(call(channel(signed_for("look.example.net")), kReflection).ok());
}

TEST_F(ControlPortTest, TellsWhenItsCertificateExpires) {
  const auto expiry = expiry_of(folder_ / "server.pem");
  ASSERT_TRUE(expiry.ok());
  const auto left = *expiry - system_clock::now();
  EXPECT_LT(left, std::chrono::hours(1));
  EXPECT_GT(left, std::chrono::minutes(50));
  EXPECT_THAT(exposed(), HasSubstr("signpost_control_certificate_expiry_timestamp_seconds "));
  EXPECT_FALSE(expiry_of(folder_ / "none.pem").ok());
}

}  // namespace
}  // namespace signpost::control
