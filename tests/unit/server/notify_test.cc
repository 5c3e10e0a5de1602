// Telling other servers that a zone changed (RFC 1996).
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "server/notifier.h"
#include "server/notify_message.h"
#include "tests/unit/server/transfer_support.h"
#include "tests/unit/upstream/fake_dns_server.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using namespace std::chrono_literals;

constexpr std::uint64_t kNow = 1'700'000'000;
constexpr unsigned kNotifyFlags = 4u << 11 | kAa;

model::Config config_with(const model::ZoneAccess& transfer, std::uint32_t serial = 7) {
  return applied({}, zone_with(transfer, serial));
}

TEST(NotifyMessage, TellsTheSoaOfTheZone) {
  const model::Config config = config_with({});
  const server::NotifyMessage made =
      server::make_notify(**config.zones.find(name("example.com.")), kId, std::nullopt, kNow);
  EXPECT_EQ(
      hex(made.octets),
      hex(header(kNotifyFlags, {.answers = 1}) + question("example.com.", RRType::kSoa) +
          record(kQnamePointer, RRType::kSoa, 900,
                 std::string("\3ns1", 4) + kQnamePointer + std::string("\12hostmaster", 11) +
                     kQnamePointer + u32(7) + u32(7200) + u32(900) + u32(1209600) + u32(300))));
}

class NotifyReply : public ::testing::Test {
 protected:
  server::NotifyMessage made(const std::optional<dns::TsigKey>& key) {
    const model::Config config = config_with({});
    return server::make_notify(**config.zones.find(name("example.com.")), kId, key, kNow);
  }
  const std::string reply_ = header(kQr | kNotifyFlags) + question("example.com.", RRType::kSoa);
};

TEST_F(NotifyReply, IsKnownByIdAndOpcode) {
  EXPECT_EQ(server::rcode_of_reply(made(std::nullopt), reply_, kNow), 0u);
  std::string refused = reply_;
  refused[3] = 5;
  EXPECT_EQ(server::rcode_of_reply(made(std::nullopt), refused, kNow), 5u);
  std::string other = reply_;
  other[0] ^= 1;
  EXPECT_EQ(server::rcode_of_reply(made(std::nullopt), other, kNow), std::nullopt);
  EXPECT_EQ(server::rcode_of_reply(made(std::nullopt), query("example.com.", RRType::kSoa), kNow),
            std::nullopt);
}

TEST_F(NotifyReply, ToASignedMessageIsSigned) {
  const server::NotifyMessage sent = made(tsig_key());
  dns::TsigSigner signer(tsig_key(), sent.mac);
  std::string reply = reply_;
  dns::append_tsig(reply, signer, kNow);
  EXPECT_EQ(server::rcode_of_reply(sent, reply, kNow), 0u);
  EXPECT_EQ(server::rcode_of_reply(sent, reply_, kNow), std::nullopt);
  EXPECT_EQ(server::rcode_of_reply(sent, reply, kNow + 301), std::nullopt);
}

class Notifying : public ::testing::Test {
 protected:
  Notifying() : target_(io_, [this](const upstream::Asked& asked) { return answer(asked); }) {}

  std::vector<std::string> answer(const upstream::Asked& asked) {
    received_.push_back(asked.octets);
    if (silent_ > 0) return --silent_, std::vector<std::string>();
    std::string reply = asked.octets.substr(0, 12) + question("example.com.", RRType::kSoa);
    reply[2] = static_cast<char>(reply[2] | 0x80);
    reply[3] = static_cast<char>(rcode_);
    reply[7] = 0;  // ANCOUNT
    return {reply};
  }

  model::ZoneAccess transfer() {
    model::ZoneAccess transfer;
    transfer.notify.push_back({target_.server().address, target_.server().port, std::nullopt});
    return transfer;
  }
  void serve(std::uint32_t serial) { zones_.store(served(config_with(transfer(), serial))); }
  std::uint64_t count(server::NotifyResult result) {
    return notifier_.counts()[static_cast<std::size_t>(result)];
  }
  template <typename Condition>
  void run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!condition() && std::chrono::steady_clock::now() < end) io_.run_one_for(100ms);
    EXPECT_TRUE(condition());
  }

  boost::asio::io_context io_;
  std::vector<std::string> received_;
  int silent_ = 0;
  int rcode_ = 0;
  upstream::FakeDnsServer target_;
  server::LiveZones zones_;
  server::Notifier notifier_{io_, zones_, {.listen = {"127.0.0.1"}, .first_wait = 20ms}};
};

TEST_F(Notifying, ReachesEveryTargetOfTheZone) {
  serve(7);
  notifier_.zones_changed({name("example.com.")});
  run_until([&] { return count(server::NotifyResult::kAcknowledged) == 1; });
  ASSERT_EQ(received_.size(), 1u);
  EXPECT_EQ(answers_of(received_[0])[0],
            "example.com. 900 SOA ns1.example.com. hostmaster.example.com. 7 7200 900 1209600 300");
}

TEST_F(Notifying, GoesOnUntilThereIsAReply) {
  serve(7);
  silent_ = 2;
  notifier_.zones_changed({name("example.com.")});
  run_until([&] { return count(server::NotifyResult::kAcknowledged) == 1; });
  EXPECT_EQ(received_.size(), 3u);
}

TEST_F(Notifying, EndsAfterFiveMessagesWithoutReply) {
  serve(7);
  silent_ = 100;
  notifier_.zones_changed({name("example.com.")});
  run_until([&] { return count(server::NotifyResult::kUnanswered) == 1; });
  EXPECT_EQ(received_.size(), 5u);
}

TEST_F(Notifying, TellsOfTheNewestStateAlone) {
  serve(7);
  silent_ = 1;
  notifier_.zones_changed({name("example.com.")});
  run_until([&] { return received_.size() == 1; });
  serve(8);
  notifier_.zones_changed({name("example.com.")});
  run_until([&] { return count(server::NotifyResult::kAcknowledged) == 1; });
  EXPECT_NE(answers_of(received_.back())[0].find("hostmaster.example.com. 8 "), std::string::npos);
}

TEST_F(Notifying, TakesARefusalForAnAnswer) {
  serve(7);
  rcode_ = 9;
  notifier_.zones_changed({name("example.com.")});
  run_until([&] { return count(server::NotifyResult::kRefused) == 1; });
  EXPECT_EQ(received_.size(), 1u);
}

}  // namespace
}  // namespace signpost::testing
