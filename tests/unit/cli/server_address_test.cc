// What --server may say, and what is told of a server that is not reached.
#include "signpost/server_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cli/command_run.h"

namespace signpost::cli {
namespace {

using ::testing::HasSubstr;

std::string target_of(const std::string& server) {
  const absl::StatusOr<ServerAddress> address = parse_server(server);
  return address.ok() ? address->target() : std::string(address.status().message());
}

TEST(ServerAddress, IsASocketOrAPort) {
  EXPECT_EQ(target_of("unix:///run/signpost/control.sock"), "unix:///run/signpost/control.sock");
  EXPECT_EQ(target_of("tls://ns1.example.com:5380"), "ns1.example.com:5380");
  EXPECT_EQ(target_of("tls://192.0.2.53:5380"), "192.0.2.53:5380");
  EXPECT_EQ(target_of("tls://[2001:db8::53]:5380"), "[2001:db8::53]:5380");
}

TEST(ServerAddress, IsNothingElse) {
  for (const char* text : {"", "unix://", "tls://", "tls://ns1.example.com", "tls://:5380",
                           "tls://ns1.example.com:", "192.0.2.53:5380", "http://ns1.example.com:1"})
    EXPECT_EQ(target_of(text),
              "--server: \"" + std::string(text) + "\" is not unix:///PATH or tls://HOST:PORT");
  EXPECT_EQ(target_of("unix:///" + std::string(200, 'x')),
            "--server: the path of the socket is longer than 107 characters");
}

TEST(ServerAddress, IsRefusedBeforeAnythingIsSent) {
  const Result result = run_with({"status", "--server", "ns1.example.com:5380"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("is not unix:///PATH or tls://HOST:PORT"));
}

}  // namespace
}  // namespace signpost::cli
