// Dynamic updates (RFC 2136) as messages: who may send them, and what is replied.
#include <gtest/gtest.h>

#include "server/dns_server.h"
#include "server/update_reply.h"
#include "tests/support/free_port.h"
#include "tests/unit/server/asking.h"
#include "tests/unit/server/client_socket.h"
#include "tests/unit/server/transfer_support.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using server::Rcode;

constexpr unsigned kUpdate = 5u << 11;

std::string zone_section(const std::string& zone = "example.com.") {
  return question(zone, RRType::kSoa);
}

// Adds new.example.com A 192.0.2.9 if www.example.com exists.
std::string update_message() {
  const std::string any = u16(255);
  return header(kUpdate, {.answers = 1, .authority = 1}) + zone_section() +
         std::string(name("www.example.com.").wire()) + u16(255) + any + u32(0) + u16(0) +
         record(std::string(name("new.example.com.").wire()), RRType::kA, 60,
                rdata(RRType::kA, "192.0.2.9"));
}

model::ZoneAccess update_by_key() {
  model::ZoneAccess access;
  access.update.push_back({std::nullopt, name("xfr.example.")});
  return access;
}

class Updates : public ::testing::Test {
 protected:
  Updates() { server_.zones = served(applied({}, zone_with(update_by_key()))); }

  std::unique_ptr<server::UpdateRequest> request(const std::string& message) {
    reply_ = server_.ask(message);
    return std::move(server_.last.update);
  }
  std::string signed_update(const dns::TsigKey& key = tsig_key()) {
    return signed_query(update_message(), key, server_.unix, &mac_);
  }
  unsigned rcode() { return dns::read_message_head(reply_)->rcode; }

  Asking server_;
  std::string reply_;
  std::string mac_;
};

TEST_F(Updates, AreReadWithTheirPrerequisites) {
  const auto asked = request(signed_update());
  ASSERT_NE(asked, nullptr) << hex(reply_);
  EXPECT_EQ(asked->update.apex.text(), "example.com.");
  EXPECT_EQ(asked->update.key.text(), "xfr.example.");
  ASSERT_EQ(asked->update.prerequisites.size(), 1u);
  EXPECT_EQ(asked->update.prerequisites[0].owner.text(), "www.example.com.");
  EXPECT_EQ(asked->update.prerequisites[0].rclass, dns::kClassAny);
  ASSERT_EQ(asked->update.updates.size(), 1u);
  EXPECT_EQ(text_of(asked->update.updates[0]), "new.example.com. 60 A 192.0.2.9");
}

TEST_F(Updates, AreRefusedWithoutASignatureOrARule) {
  EXPECT_EQ(request(update_message()), nullptr);
  EXPECT_EQ(hex(reply_), hex(header(kQr | kUpdate | 5) + zone_section()));
  server_.zones = served(applied({}, zone_with(to_loopback_or_key())));
  EXPECT_EQ(request(signed_update()), nullptr);
  EXPECT_EQ(rcode(), 5u);
}

TEST_F(Updates, BySomebodyElseAreNotAuthentic) {
  dns::TsigKey other = tsig_key();
  other.secret[0] = 'x';
  EXPECT_EQ(request(signed_update(other)), nullptr);
  EXPECT_EQ(rcode(), 9u);
  EXPECT_EQ(tsig_of(reply_)->error, 16u);
}

TEST_F(Updates, OfAZoneThatIsNotHeldAreNotAuth) {
  const std::string message = header(kUpdate) + zone_section("example.net.");
  EXPECT_EQ(request(signed_query(message, tsig_key(), server_.unix)), nullptr);
  EXPECT_EQ(rcode(), 9u);
  EXPECT_EQ(tsig_of(reply_)->error, 0u);
}

TEST_F(Updates, OfAnotherFormAreFormatErrors) {
  for (const std::string& message :
       {header(kUpdate, {.questions = 0}), header(kUpdate, {.questions = 2}) + zone_section(),
        header(kUpdate) + question("example.com.", RRType::kA),
        header(kUpdate) + question("example.com.", RRType::kSoa, 3),
        header(kUpdate, {.authority = 1}) + zone_section()}) {
    EXPECT_EQ(request(message), nullptr);
    EXPECT_EQ(static_cast<unsigned>(reply_[3] & 15), 1u) << hex(message);
  }
}

TEST_F(Updates, AreRepliedToUnderASignature) {
  const server::ZoneUpdater updater = [](const server::ZoneUpdate&) { return Rcode::kYxDomain; };
  server::UpdateReply reply(request(signed_update()), updater);
  const server::DeferredReply::Part part = reply.produce(server_.unix);
  EXPECT_TRUE(part.ends);
  const std::string message = unframed(part.octets).at(0);
  dns::TsigReplyVerifier verifier(tsig_key(), mac_);
  EXPECT_TRUE(verifier.accept(message, tsig_of(message), server_.unix));
  EXPECT_EQ(hex(message.substr(0, tsig_of(message)->at)),
            hex(header(kQr | kUpdate | 6, {.additional = 1}) + zone_section()));
}

TEST(UpdateServer, MakesUpdatesOverUdpAndTcp) {
  server::LiveTable table;
  table.store(example_table());
  const server::LiveGuard guard;
  server::LiveZones zones;
  zones.store(served(applied({}, zone_with(update_by_key()))));
  std::atomic<int> updates{0};
  server::ZoneBackend backend;
  backend.update = [&](const server::ZoneUpdate& update) {
    updates += static_cast<int>(update.updates.size());
    return Rcode::kNoError;
  };
  const std::uint16_t port = free_port();
  server::DnsServer server({.listen = {"127.0.0.1", "::1"}, .port = port}, {table, guard, zones},
                           backend);
  ASSERT_TRUE(server.start().ok());
  const std::uint64_t now = server::unix_clock();
  const std::string message = signed_query(update_message(), tsig_key(), now);
  const std::string expected = hex(header(kQr | kUpdate, {.additional = 1}) + zone_section());
  const auto plain = [](const std::string& reply) {
    return hex(reply.substr(0, tsig_of(reply).value().at));
  };
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    ClientSocket udp = ClientSocket::udp(family, port);
    udp.send(message);
    EXPECT_EQ(plain(udp.receive()), expected);
    ClientSocket tcp = ClientSocket::tcp(family, port);
    tcp.send(framed(message) + framed(message));
    EXPECT_EQ(plain(tcp.receive_framed()), expected);
    EXPECT_EQ(plain(tcp.receive_framed()), expected);
  }
  EXPECT_EQ(updates, 6);
  server.stop();
}

}  // namespace
}  // namespace signpost::testing
