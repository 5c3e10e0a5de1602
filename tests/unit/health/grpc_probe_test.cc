#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/certificates.h"
#include "tests/support/loopback_server.h"
#include "tests/unit/health/probing.h"

namespace signpost::health {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The health service of the gRPC library itself.
class GrpcProbes : public ProbeBench {
 protected:
  void serve(
      std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials()) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    server_->GetHealthCheckService()->SetServingStatus(true);
  }
  ~GrpcProbes() override {
    if (server_) server_->Shutdown(std::chrono::system_clock::now());
    void* tag = nullptr;
    bool ok = false;
    if (queue_) queue_->Shutdown();
    while (queue_ && queue_->Next(&tag, &ok)) {
    }
    ::unsetenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH");
  }

  model::GrpcProbe grpc(const std::string& service = "") {
    return {at(static_cast<std::uint16_t>(port_)), service, std::nullopt};
  }
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

  int port_ = 0;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(GrpcProbes, GoByTheServingStatus) {
  serve();
  EXPECT_THAT(probe(grpc()).text,
              StartsWith("Success: " + endpoint() + " says that it is SERVING in "));
  server_->GetHealthCheckService()->SetServingStatus("shop.Cart", false);
  EXPECT_EQ(probe(grpc("shop.Cart")).text,
            "Failure: " + endpoint() + " says that shop.Cart is NOT_SERVING");
  server_->GetHealthCheckService()->SetServingStatus("shop.Cart", true);
  EXPECT_EQ(probe(grpc("shop.Cart")).outcome, ProbeOutcome::kSuccess);
  EXPECT_EQ(probe(grpc("shop.Orders")).text,
            "Failure: " + endpoint() + " does not know the service shop.Orders");
}

TEST_F(GrpcProbes, SpeakTlsWithAndWithoutVerification) {
  const auto expires = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
                       std::chrono::days(30);
  const Certificate made = make_certificate("api.example.com", expires);
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({made.key, made.certificate});
  serve(grpc::SslServerCredentials(options));
  const std::string authorities = ::testing::TempDir() + "grpc-authorities.pem";
  std::ofstream(authorities) << made.certificate;
  ::setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", authorities.c_str(), 1);  // read at the first use
  model::GrpcProbe secure = grpc();
  secure.tls.emplace();
  EXPECT_EQ(probe(secure).outcome, ProbeOutcome::kSuccess) << probe(secure).text;
  EXPECT_EQ(probe(secure).certificate_expires, expires);
  model::GrpcProbe unknown = secure;
  unknown.service = "shop.Orders";
  EXPECT_EQ(probe(unknown).certificate_expires, expires);
  secure.tls->verify_certificate = true;
  secure.target.host = "www.example.com";
  EXPECT_EQ(probe(secure).outcome, ProbeOutcome::kFailure);
  secure.target.host = "api.example.com";
  EXPECT_EQ(probe(secure).outcome, ProbeOutcome::kSuccess) << probe(secure).text;
  EXPECT_EQ(probe(secure).certificate_expires, expires);
}

TEST_F(GrpcProbes, SayWhyThereIsNoReply) {
  const RefusingPort closed(io_);
  port_ = closed.port();
  EXPECT_THAT(probe(grpc()).text, StartsWith("Failure: no gRPC reply from " + endpoint() + ": "));
  LoopbackServer other(io_, flood("HTTP/1.1 400 No\r\n\r\n", std::string(4096, 'x')));
  port_ = other.port();
  EXPECT_THAT(probe(grpc()).text, StartsWith("Failure: no gRPC reply from " + endpoint()));
}

TEST_F(GrpcProbes, EndAtTheirLimitWhereTheServerIsSilent) {
  LoopbackServer silent(io_, stay_silent());
  port_ = silent.port();
  settings_.limits.grpc_call = milliseconds(200);
  EXPECT_EQ(probe(grpc()).text, "Failure: no gRPC reply from " + endpoint() + " within 200 ms");
}

TEST_F(GrpcProbes, MayBeGivenUpAtAnyTime) {
  serve();
  for (int round = 0; round < 200; ++round) {
    auto check = std::make_shared<model::HealthCheck>();
    check->kind = grpc();
    const CancelProbe cancel =
        start_probe(io_, settings_, {check, nullptr}, [](const ProbeResult&) {});
    io_.restart();
    io_.run_for(std::chrono::microseconds(20 * round));
    cancel();
  }
}

}  // namespace
}  // namespace signpost::health
