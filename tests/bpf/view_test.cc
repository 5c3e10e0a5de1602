// The XDP program, compiled natively, for clients of views.
#include <gtest/gtest.h>

#include "tests/bpf/test_table.h"
#include "tests/support/native_fastpath.h"
#include "tests/support/packet.h"

namespace signpost::testing {
namespace {

class ViewProgram : public ::testing::Test {
 protected:
  ViewProgram() { add_example_views(table_); }

  // The last four octets of the answer to `client`, as the last number of an address; -1 if it is
  // NXDOMAIN, -2 if the query is passed.
  int ask(const std::string& name, const std::string& client, const std::string& options = "") {
    QueryMessage query;
    query.name = wire_name(name);
    if (!options.empty()) query.edns = Edns{.options = options};
    Frame frame;
    frame.client = client;
    if (client.find(':') != std::string::npos) frame.server = "2001:db8::53";
    frame.payload = query.wire();
    const std::string sent = frame.wire();
    const auto reply = program_.run(sent);
    if (!reply) return -2;
    std::string error;
    const auto parsed = parse_reply_to(sent, *reply, &error);
    if (!parsed) return ADD_FAILURE() << error, -3;
    if ((parsed->message[3] & 0x0f) == 3) return -1;
    const std::size_t record_end = 12 + query.name.size() + 4 + 16;
    return static_cast<unsigned char>(parsed->message[record_end - 1]);
  }

  std::uint64_t count(reason why) { return *table_.find_reason_count(why); }

  TestTable table_ = example_table();
  NativeFastpath<TestTable> program_{table_};
};

constexpr int kPublic = 1;   // 192.0.2.1
constexpr int kPrivate = 9;  // 10.0.0.9

TEST_F(ViewProgram, GivesAPrivateAnswerToClientsOfTheViewAlone) {
  for (const char* client : {"203.0.113.0", "203.0.113.6", "203.0.113.8", "203.0.113.255"})
    EXPECT_EQ(ask("www.example.com", client), kPrivate) << client;
  EXPECT_EQ(ask("www.EXAMPLE.com", "2001:db8:1::7"), kPrivate);
  EXPECT_EQ(ask("api.example.com", "203.0.113.1"), -1);
  EXPECT_EQ(ask("api.example.com", "2001:db8:1::7"), -1);
  EXPECT_EQ(count(REASON_NXDOMAIN), 2u) << "no fall-through to the public zone";
  for (const char* client : {"203.0.112.255", "203.0.114.0", "198.51.100.1", "2001:db8:2::"})
    EXPECT_GT(ask("api.example.com", client), 0) << client;
  EXPECT_EQ(ask("www.example.com", "198.51.100.1"), kPublic);
}

TEST_F(ViewProgram, GivesPublicAnswersToAViewWithoutThatZone) {
  EXPECT_GT(ask("api.example.com", "203.0.113.7"), 0);
  EXPECT_EQ(ask("example.net", "203.0.113.1"), -2);
  EXPECT_EQ(count(REASON_OUT_OF_ZONE), 1u);
}

TEST_F(ViewProgram, FindsWildcardsOfTheView) {
  EXPECT_EQ(ask("x.y.wild.example.com", "203.0.113.1"), kPrivate);
  EXPECT_EQ(ask("x.y.wild.example.com", "203.0.113.7"), 42);
}

// A client writes its subnet option itself.
TEST_F(ViewProgram, GoesByTheSourceAddressAndNotByTheClientSubnet) {
  const std::string inside = client_subnet(1, 24, 0, std::string("\xcb\0\x71", 3));
  EXPECT_GT(ask("api.example.com", "198.51.100.1", inside), 0);
  const std::string outside = client_subnet(1, 24, 0, std::string("\xc6\x33\x64", 3));
  EXPECT_EQ(ask("api.example.com", "203.0.113.1", outside), -1);
}

TEST_F(ViewProgram, FindsAnyOfManyRanges) {
  std::vector<TestTable::ViewRange> ranges = {{{0, 0}, VIEW_PUBLIC}};
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const std::uint64_t first = 0xffff00000000 | 0x0a000000 | i * 512;
    ranges.push_back({{0, first}, 1});
    ranges.push_back({{0, first + 256}, VIEW_PUBLIC});
  }
  table_.set_views(ranges);
  for (unsigned i = 0; i < 4000; i += 37) {
    const std::string client =
        "10." + std::to_string(i / 65536) + "." + std::to_string(i / 256) + ".9";
    const bool inside = i / 256 % 2 == 0;
    EXPECT_EQ(ask("api.example.com", client) < 0, inside) << client;
  }
}

}  // namespace
}  // namespace signpost::testing
