// Whatever a packet holds, it gets a well-formed reply or none.
#include <gtest/gtest.h>

#include <random>

#include "server/record_reader.h"
#include "tests/unit/server/asking.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using server::Octets;

class Hostile : public ::testing::TestWithParam<server::Transport> {
 protected:
  // Asks, and checks the reply as any client would.
  void expect_sound(const std::string& message) {
    const std::string reply = server_.ask(message);
    if (message.size() < 12 || (message[2] & 0x80) != 0) {
      ASSERT_EQ(reply, "") << hex(message);
      return;
    }
    const Octets octets = server::as_octets(reply);
    ASSERT_GE(octets.size(), 12u) << hex(message);
    ASSERT_LE(octets.size(), GetParam() == server::Transport::kUdp ? 1232u : 65535u);
    ASSERT_EQ(reply.substr(0, 2), message.substr(0, 2));
    ASSERT_TRUE(server::load16(octets, 2) & kQr);
    const unsigned questions = server::load16(octets, 4);
    ASSERT_LE(questions, 1u);
    std::size_t at = 12;
    if (questions == 1) {
      const auto end = server::skip_name(octets, at);
      ASSERT_TRUE(end);
      at = *end + 4;
      ASSERT_EQ(reply.substr(12, at - 12), message.substr(12, at - 12));
    }
    const unsigned records =
        server::load16(octets, 6) + server::load16(octets, 8) + server::load16(octets, 10);
    for (unsigned i = 0; i < records; ++i) {
      const auto record = server::read_record(octets, at);
      ASSERT_TRUE(record) << hex(message) << "\n" << hex(reply);
      ASSERT_TRUE(server::read_name(octets, at)) << hex(message) << "\n" << hex(reply);
      ASSERT_TRUE(server::expanded_rdata(octets, *record)) << hex(message) << "\n" << hex(reply);
      at = record->end();
    }
    ASSERT_EQ(at, octets.size()) << hex(message) << "\n" << hex(reply);
  }

  std::mt19937 random_{[] {
    const unsigned seed = std::random_device()();
    ::testing::Test::RecordProperty("seed", std::to_string(seed));
    std::cout << "seed " << seed << "\n";
    return seed;
  }()};
  Asking server_{GetParam()};
};

TEST_P(Hostile, RandomOctetsGetASoundReply) {
  for (int i = 0; i < 50000 && !HasFatalFailure(); ++i) {
    std::string message(random_() % 300, '\0');
    for (char& octet : message) octet = static_cast<char>(random_());
    expect_sound(message);
    if (message.size() < 12) continue;
    message.replace(2, 10, std::string("\0\0\0\1\0\0\0\0\0\1", 10));  // a plausible header
    expect_sound(message);
  }
}

std::vector<std::string> corpus() {
  const std::string subnet = option(8, std::string("\0\1\30\0\xcb\0\x71", 7));
  std::vector<std::string> queries;
  for (const char* qname :
       {"www.example.com.", "api.example.com.", "x.wild.example.com.", "no.example.com.",
        "host.sub.example.com.", "mx.dname.example.com.", "x.one.example.com.",
        "x.far.example.com.", "alias.example.com.", "big.example.com.", "middle.example.com.",
        "deep.example.com.", "example.net."}) {
    for (const RRType qtype :
         {RRType::kA, RRType::kMx, RRType::kTxt, RRType::kAny, RRType::kCname}) {
      queries.push_back(query(qname, qtype));
      queries.push_back(
          edns_query(qname, qtype, {.udp_size = 4096, .flags = kDo, .options = subnet}));
    }
  }
  return queries;
}

TEST_P(Hostile, MutatedQueriesGetASoundReply) {
  const std::vector<std::string> queries = corpus();
  for (int i = 0; i < 100000 && !HasFatalFailure(); ++i) {
    std::string message = queries[random_() % queries.size()];
    for (unsigned mutations = random_() % 4; mutations-- > 0 && !message.empty();) {
      const std::size_t at = random_() % message.size();
      switch (random_() % 4) {
        case 0:
          message[at] = static_cast<char>(random_());
          break;
        case 1:
          message[at] = static_cast<char>(message[at] ^ 1 << random_() % 8);
          break;
        case 2:
          message.erase(at, random_() % 8);
          break;
        case 3:
          message.insert(at, std::string(random_() % 8, static_cast<char>(random_())));
          break;
      }
    }
    expect_sound(message);
  }
}

TEST_P(Hostile, EveryTruncationOfAQueryGetsASoundReply) {
  for (const std::string& whole : corpus()) {
    for (std::size_t size = 0; size <= whole.size() && !HasFatalFailure(); ++size)
      expect_sound(whole.substr(0, size));
  }
}

INSTANTIATE_TEST_SUITE_P(Over, Hostile,
                         ::testing::Values(server::Transport::kUdp, server::Transport::kTcp),
                         [](const auto& transport) {
                           return transport.param == server::Transport::kUdp ? "Udp" : "Tcp";
                         });

TEST(Records, PointersThatDoNotLeadBackwardsAreMalformed) {
  for (const std::string& message :
       {pointer(0), pointer(1), pointer(2), pointer(0x3fff), "\1a" + pointer(2), "\1a" + pointer(0),
        std::string("\xc0"), std::string("\x80\0", 2), std::string()}) {
    EXPECT_FALSE(server::read_name(server::as_octets(message), 0)) << hex(message);
  }
  const std::string forth_and_back = pointer(2) + pointer(0);
  EXPECT_FALSE(server::read_name(server::as_octets(forth_and_back), 2));
  const std::string sound = std::string("\3com\0", 5) + "\1a" + pointer(0);
  EXPECT_EQ(*server::read_name(server::as_octets(sound), 5), name("a.com."));
}

}  // namespace
}  // namespace signpost::testing
