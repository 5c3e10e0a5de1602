// The daemon in userspace mode: from a configuration over gRPC to an answer over UDP.
#include "daemon/daemon.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <latch>

#include "daemon/options.h"
#include "signpost/v1/control.grpc.pb.h"
#include "tests/support/free_port.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::daemon {
namespace {

using control::TemporaryFolder;
using ::testing::HasSubstr;

Options options_in(const TemporaryFolder& folder) {
  Options options;
  options.listen = {"127.0.0.1"};
  options.port = testing::free_port();
  options.data = folder / "state";
  options.control_socket = folder / "control.sock";
  options.http_address.clear();
  return options;
}

// Sends a query for www.example.com. A and gives the reply.
std::string ask(std::uint16_t port) {
  const std::string query(
      "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
      "\x03www\x07"
      "example\x03"
      "com\x00\x00\x01\x00\x01",
      33);
  const int client = socket(AF_INET, SOCK_DGRAM, 0);
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  send(client, query.data(), query.size(), 0);
  char reply[1500];
  const ssize_t size = recv(client, reply, sizeof(reply), 0);
  close(client);
  return size < 0 ? std::string() : std::string(reply, static_cast<std::size_t>(size));
}

grpc::Status apply(const Options& options, const std::string& text) {
  v1::ApplyRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.mutable_config()));
  const auto stub = v1::ConfigService::NewStub(
      grpc::CreateChannel("unix:" + options.control_socket, grpc::InsecureChannelCredentials()));
  v1::ApplyResponse reply;
  grpc::ClientContext call;
  auto stream = stub->Apply(&call, &reply);
  stream->Write(request);
  stream->WritesDone();
  return stream->Finish();
}

constexpr const char* kZone =
    "zones { name: 'example.com' name_servers: 'ns1.example.net' "
    "record_sets { name: 'www' type: 'A' records: '192.0.2.7' } }";

TEST(Daemon, FeedsTheWatchdogAgainAndAgainWhileItsThreadsWork) {
  TemporaryFolder folder;
  Daemon daemon(options_in(folder));
  const absl::Status started = daemon.start();
  ASSERT_TRUE(started.ok()) << started;
  std::latch fed(3);
  std::atomic<int> times{0};
  daemon.feed_watchdog(std::chrono::milliseconds(40), [&] {
    if (++times <= 3) fed.count_down();
  });
  fed.wait();
  daemon.stop();
}

TEST(Daemon, AnswersWhatWasAppliedAndStillDoesAfterARestart) {
  TemporaryFolder folder;
  const Options options = options_in(folder);
  for (const bool first : {true, false}) {
    Daemon daemon(options);
    const absl::Status started = daemon.start();
    ASSERT_TRUE(started.ok()) << started;
    if (first) {
      EXPECT_EQ(ask(options.port).substr(3, 1), std::string("\x05", 1));  // REFUSED
      const grpc::Status applied = apply(options, kZone);
      ASSERT_TRUE(applied.ok()) << applied.error_message();
    }
    const std::string reply = ask(options.port);
    ASSERT_GE(reply.size(), 49u);
    EXPECT_EQ(reply.substr(reply.size() - 4), std::string("\xc0\x00\x02\x07", 4));
    daemon.stop();
    EXPECT_EQ(ask(options.port), "");
  }
}

TEST(Daemon, LeavesTheFirstAloneIfASecondIsStarted) {
  TemporaryFolder folder;
  const Options options = options_in(folder);
  Daemon first(options);
  ASSERT_TRUE(first.start().ok());
  Daemon second(options);
  EXPECT_THAT(std::string(second.start().message()),
              HasSubstr("another signpostd uses the state folder"));
  Options elsewhere = options;
  elsewhere.data = folder / "other";
  elsewhere.port = testing::free_port();
  Daemon third(elsewhere);
  EXPECT_THAT(std::string(third.start().message()), HasSubstr("another signpostd listens on"));
  EXPECT_TRUE(apply(options, kZone).ok());
}

TEST(Daemon, NamesThePortThatItCantHave) {
  TemporaryFolder folder;
  const Options options = options_in(folder);
  Daemon first(options);
  ASSERT_TRUE(first.start().ok());
  Options same_port = options_in(folder);
  same_port.data = folder / "other";
  same_port.control_socket = folder / "other.sock";
  same_port.port = options.port;
  Daemon second(same_port);
  EXPECT_THAT(std::string(second.start().message()), HasSubstr(std::to_string(options.port)));
}

TEST(Daemon, NamesAnInterfaceThatDoesNotExistIfAModeIsAskedFor) {
  TemporaryFolder folder;
  Options options = options_in(folder);
  options.interfaces = {"no-such-if0"};
  options.mode = Mode::kNative;
  Daemon daemon(options);
  const absl::Status started = daemon.start();
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(std::string(started.message()), HasSubstr("no-such-if0"));
}

TEST(Daemon, DoesNotStartWithoutTheCertificateThatItIsToShow) {
  TemporaryFolder folder;
  Options options = options_in(folder);
  options.tls_certificate = folder / "cert.pem";
  options.tls_key = folder / "key.pem";
  Daemon daemon(options);
  EXPECT_THAT(std::string(daemon.start().message()),
              HasSubstr("cannot use the certificate " + (folder / "cert.pem")));
}

std::variant<Options, int> parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "signpostd");
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  return parse_options(static_cast<int>(pointers.size()), pointers.data());
}

TEST(DaemonOptions, ExitsWithTwoOnUsageErrors) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(std::get<int>(parse({})), 2);
  EXPECT_EQ(std::get<int>(parse({"--listen", "192.0.2.53", "--port", "70000"})), 2);
  EXPECT_EQ(std::get<int>(parse({"--listen", "192.0.2.53", "--mode", "fast"})), 2);
  EXPECT_EQ(std::get<int>(parse({"--listen", "192.0.2.53", "--http", "nowhere"})), 2);
  EXPECT_EQ(std::get<int>(parse({"--listen", "192.0.2.53", "--tls-cert", "cert.pem"})), 2);
  EXPECT_EQ(std::get<int>(parse({"--listen", "192.0.2.53", "--tls-key", "key.pem"})), 2);
  EXPECT_EQ(std::get<int>(parse({"--listen", "192.0.2.53", "--nonsense"})), 2);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("nonsense"));
}

TEST(DaemonOptions, ReadsFlagsAndFilesByTheSameNames) {
  TemporaryFolder folder;
  const std::string file = folder / "signpostd.toml";
  std::ofstream(file) << "listen = [\"192.0.2.53\", \"2001:db8::53\"]\nport = 5353\n"
                         "interface = \"eth0\"\nmode = \"generic\"\nkeep-attached = true\n"
                         "http = \"[::1]:9000\"\nfirst-verdict-wait = 100\n";
  const auto parsed = parse({"--config", file, "--port", "5454"});
  ASSERT_TRUE(std::holds_alternative<Options>(parsed));
  const auto& options = std::get<Options>(parsed);
  EXPECT_THAT(options.listen, ::testing::ElementsAre("192.0.2.53", "2001:db8::53"));
  EXPECT_EQ(options.port, 5454);
  EXPECT_THAT(options.interfaces, ::testing::ElementsAre("eth0"));
  EXPECT_EQ(options.mode, Mode::kGeneric);
  EXPECT_TRUE(options.keep_attached);
  EXPECT_EQ(options.http_address, "::1");
  EXPECT_EQ(options.http_port, 9000);
  EXPECT_EQ(options.first_verdict_wait, std::chrono::milliseconds(100));
  std::ofstream(file) << "listen = [\"192.0.2.53\"]\ncolour = \"red\"\n";
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(std::get<int>(parse({"--config", file})), 2);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("colour"));
}

}  // namespace
}  // namespace signpost::daemon
