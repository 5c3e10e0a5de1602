// What primaries say of zones that are copied from them (RFC 1996).
#include <gtest/gtest.h>

#include <memory>

#include "policy/id_registry.h"
#include "policy/table_compiler.h"
#include "tests/unit/server/asking.h"
#include "tests/unit/server/transfer_support.h"

namespace signpost::testing {
namespace {

using dns::RRType;

constexpr unsigned kNotifyFlags = 4u << 11 | kAa;

std::string notify(const std::string& apex = "example.com.", RRType type = RRType::kSoa) {
  return header(kNotifyFlags) + question(apex, type);
}

// 192.0.2.53 may say so unsigned, 192.0.2.54 by a key.
server::ServedZonesPtr copied() {
  const dns::TsigKey key = tsig_key();
  server::ServedZones zones{{}, {{key.name, key}}};
  const model::SecondaryZone zone{
      .zone = name("example.com."),
      .primaries = {{.address = "192.0.2.53"}, {.address = "192.0.2.54", .key = key.name}}};
  zones.config.secondary_zones.set(zone.key(), std::make_shared<const model::SecondaryZone>(zone));
  return std::make_shared<const server::ServedZones>(std::move(zones));
}

class NotifyRequests : public ::testing::Test {
 protected:
  NotifyRequests() { server_.zones = copied(); }

  // The RCODE of the reply, which else has to be the request's.
  unsigned rcode(const std::string& message, std::uint8_t host) {
    reply_ = server_.ask(message, ipv4(192, 0, 2, host));
    EXPECT_EQ(reply_.substr(0, 2), message.substr(0, 2));
    EXPECT_EQ(static_cast<unsigned char>(reply_.at(2)) >> 3 & 0xf, 4u);
    return static_cast<unsigned char>(reply_.at(3)) & 0xf;
  }

  Asking server_;
  std::string reply_;
};

TEST_F(NotifyRequests, OfAPrimaryAreTakenAndAnswered) {
  EXPECT_EQ(rcode(notify("Example.com."), 53), 0u);
  EXPECT_EQ(hex(reply_), hex(header(kQr | kNotifyFlags) + question("Example.com.", RRType::kSoa)));
  ASSERT_TRUE(server_.last.notified.has_value());
  EXPECT_EQ(server_.last.notified->apex, name("example.com."));
  EXPECT_EQ(server_.last.notified->primary, "192.0.2.53");
}

TEST_F(NotifyRequests, MayTellTheNewSoa) {
  const std::string soa = std::string(2, '\0') + u32(7) + u32(1) + u32(1) + u32(1) + u32(1);
  EXPECT_EQ(rcode(header(kNotifyFlags, {.answers = 1}) + question("example.com.", RRType::kSoa) +
                      record(kQnamePointer, RRType::kSoa, 60, soa),
                  53),
            0u);
  EXPECT_TRUE(server_.last.notified.has_value());
}

TEST_F(NotifyRequests, OfOthersAreRefused) {
  EXPECT_EQ(rcode(notify(), 55), 5u);
  EXPECT_FALSE(server_.last.notified.has_value());
}

TEST_F(NotifyRequests, NeedTheSignatureOfAPrimaryThatHasAKey) {
  EXPECT_EQ(rcode(notify(), 54), 5u);
  EXPECT_FALSE(server_.last.notified.has_value());
  std::string mac;
  const std::string message = signed_query(notify(), tsig_key(), server_.unix, &mac);
  EXPECT_EQ(rcode(message, 54), 0u);
  EXPECT_TRUE(server_.last.notified.has_value());
  dns::TsigReplyVerifier verifier(tsig_key(), mac);
  EXPECT_TRUE(verifier.accept(reply_, tsig_of(reply_), server_.unix));
  dns::TsigKey other = tsig_key();
  other.secret[0] = 'x';
  EXPECT_EQ(rcode(signed_query(notify(), other, server_.unix), 54), 9u);
  EXPECT_FALSE(server_.last.notified.has_value());
}

TEST_F(NotifyRequests, OfZonesThatAreNotCopiedGetNotauth) {
  EXPECT_EQ(rcode(notify("example.net."), 53), 9u);
  EXPECT_EQ(rcode(notify("www.example.com."), 53), 9u);
}

TEST_F(NotifyRequests, AreMalformedWithoutTheQuestionForAnSoa) {
  EXPECT_EQ(rcode(notify("example.com.", RRType::kA), 53), 1u);
  EXPECT_EQ(rcode(header(kNotifyFlags) + question("example.com.", RRType::kSoa, 3), 53), 1u);
  EXPECT_EQ(rcode(header(kNotifyFlags, {.questions = 0}), 53), 1u);
  EXPECT_EQ(rcode(notify().substr(0, 20), 53), 1u);
}

// What is asked of a zone without records, over the responder.
TEST(ZoneWithoutRecords, GetsServfailThatSaysWhy) {
  model::Zone zone;
  zone.id = 1;
  zone.apex = name("example.com.");
  zone.manager = model::ZoneManager::kPrimaries;
  model::ChangeBatch batch;
  batch.changes.emplace_back(model::PutSecondaryZone{std::make_shared<const model::SecondaryZone>(
      model::SecondaryZone{.zone = zone.apex, .primaries = {{.address = "192.0.2.53"}}})});
  batch.changes.emplace_back(model::PutZone{zone});
  model::Config config = applied({}, batch);
  config.zone_access.set("*", std::make_shared<const model::ZoneAccess>(to_loopback_or_key()));
  Asking server(server::Transport::kTcp);
  policy::IdRegistry ids{1000, 1000};
  server.table = policy::TableCompiler(ids).compile_all(config, {}).table;
  server.zones = served(config);
  const std::string not_ready = option(15, u16(14));
  EXPECT_EQ(hex(server.ask(edns_query("www.example.com.", RRType::kA))),
            hex(header(kQr | 2, {.additional = 1}) + question("www.example.com.", RRType::kA) +
                opt({.options = not_ready})));
  EXPECT_EQ(hex(server.ask(query("example.com.", RRType::kAxfr), ipv4(127, 0, 0, 1))),
            hex(header(kQr | 2) + question("example.com.", RRType::kAxfr)));
}

}  // namespace
}  // namespace signpost::testing
