// What external aliases resolved to outlives state.db and the resolvers.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "daemon/daemon.h"
#include "signpost/v1/control.grpc.pb.h"
#include "tests/support/free_port.h"
#include "tests/unit/control/fixtures.h"
#include "tests/unit/upstream/fake_dns_server.h"

namespace signpost::daemon {
namespace {

// A resolver that knows one address, until it is gone.
class Resolver {
 public:
  Resolver() : dns_(std::in_place, io_, upstream::replies({"192.0.2.9"}, 30)) {
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Resolver() { leave(); }

  upstream::Server server() const { return dns_->server(); }
  void leave() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    dns_.reset();
  }

 private:
  boost::asio::io_context io_;
  std::optional<upstream::FakeDnsServer> dns_;
  std::thread thread_;
};

class ExternalRestart : public ::testing::Test {
 protected:
  ExternalRestart() {
    options_.listen = {"127.0.0.1"};
    options_.port = testing::free_port();
    options_.data = folder_ / "state";
    options_.control_socket = folder_ / "control.sock";
    options_.http_address.clear();
    options_.resolvers = {resolver_.server()};
  }

  std::shared_ptr<grpc::Channel> channel() const {
    return grpc::CreateChannel("unix:" + options_.control_socket,
                               grpc::InsecureChannelCredentials());
  }

  void apply(const std::string& text) const {
    v1::ApplyRequest request;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.mutable_config()));
    v1::ApplyResponse reply;
    grpc::ClientContext call;
    auto stream = v1::ConfigService::NewStub(channel())->Apply(&call, &reply);
    stream->Write(request);
    stream->WritesDone();
    const grpc::Status applied = stream->Finish();
    ASSERT_TRUE(applied.ok()) << applied.error_message();
  }

  v1::ExplainResponse explain() const {
    v1::ExplainRequest request;
    request.set_name("example.com");
    request.set_type("A");
    v1::ExplainResponse reply;
    grpc::ClientContext call;
    EXPECT_TRUE(v1::StatusService::NewStub(channel())->Explain(&call, request, &reply).ok());
    return reply;
  }

  v1::ListExternalAliasesResponse::Item alias() const {
    v1::ListExternalAliasesResponse reply;
    grpc::ClientContext call;
    EXPECT_TRUE(v1::StatusService::NewStub(channel())->ListExternalAliases(&call, {}, &reply).ok());
    EXPECT_EQ(reply.external_aliases_size(), 1);
    return reply.external_aliases_size() == 1 ? reply.external_aliases(0)
                                              : v1::ListExternalAliasesResponse::Item();
  }

  // The answer is published on another thread than it is resolved on, and neither tells a client.
  void await_answer() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (explain().outcome() != "ANSWER" && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    ASSERT_EQ(explain().outcome(), "ANSWER");
  }

  control::TemporaryFolder folder_;
  Resolver resolver_;
  Options options_;
};

TEST_F(ExternalRestart, GoesOnFromTheSnapshotAloneWithTheLastAnswerAndItsAge) {
  std::int64_t resolved = 0;
  {
    Daemon daemon(options_);
    ASSERT_TRUE(daemon.start().ok());
    apply(
        "zones { name: 'example.com' name_servers: 'ns1.example.net' record_sets { name: '@' "
        "type: 'A' alias_target { dns_name: 'lb.example.net.' } } }");
    await_answer();
    resolved = alias().resolved().seconds();
    ASSERT_GT(resolved, 0);
    daemon.stop();
  }
  resolver_.leave();
  for (const char* file : {"state.db", "state.db-wal", "state.db-shm"})
    std::filesystem::remove(std::filesystem::path(options_.data) / file);
  ASSERT_TRUE(std::filesystem::exists(std::filesystem::path(options_.data) / "snapshot.bin"));

  Daemon daemon(options_);
  ASSERT_TRUE(daemon.start().ok());
  const v1::ExplainResponse answer = explain();
  EXPECT_EQ(answer.outcome(), "ANSWER");
  ASSERT_EQ(answer.variants_size(), 1);
  EXPECT_THAT(answer.variants(0).answer(0), ::testing::EndsWith(" IN A 192.0.2.9"));
  EXPECT_EQ(alias().resolved().seconds(), resolved) << "the age is shown from then on";
  EXPECT_THAT(alias().records(), ::testing::ElementsAre("192.0.2.9"));
  daemon.stop();
}

}  // namespace
}  // namespace signpost::daemon
