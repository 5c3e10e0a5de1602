// Transfers of zones, from the query to the last message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "server/outgoing_transfer.h"
#include "tests/unit/server/asking.h"
#include "tests/unit/server/transfer_support.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using server::GroupChange;
using server::OutgoingTransfer;
using server::TransferKind;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr std::uint64_t kNow = 1'700'000'000;
const std::string kSoaText =
    "example.com. 900 SOA ns1.example.com. hostmaster.example.com. 1 7200 900 1209600 300";

std::string axfr() { return query("example.com.", RRType::kAxfr); }

std::string ixfr(std::uint32_t serial) {
  const std::string soa =
      "ns1.example.com. hostmaster.example.com. " + std::to_string(serial) + " 0 0 0 0";
  return header(0, {.authority = 1}) + question("example.com.", RRType::kIxfr) +
         record(kQnamePointer, RRType::kSoa, 0, rdata(RRType::kSoa, soa));
}

// What a client of TCP gets.
struct Transferred {
  unsigned rcode = 0;
  std::vector<std::string> messages;
  std::vector<std::string> records;
  TransferKind kind = TransferKind::kBroken;
  bool broken = false;
};

class Transfer : public ::testing::Test {
 protected:
  Transfer() : server_(server::Transport::kTcp) { serve(zone_with(to_loopback_or_key())); }

  void serve(const model::ChangeBatch& batch) {
    config_ = applied(config_, batch);
    server_.zones = served(config_);
  }
  void serve(const BatchBuilder& batch) { serve(batch.batch()); }

  // Asks from 127.0.0.1; null if it is answered otherwise.
  std::unique_ptr<server::TransferRequest> request(const std::string& message,
                                                   const server::ClientAddress& from = ipv4(127, 0,
                                                                                            0, 1)) {
    reply_ = server_.ask(message, from);
    return std::move(server_.last.transfer);
  }

  Transferred transfer(const std::string& message, const server::ZoneChangesSource& changes = {}) {
    auto asked = request(message);
    EXPECT_NE(asked, nullptr) << hex(reply_);
    if (asked == nullptr) return {};
    OutgoingTransfer outgoing(std::move(asked), changes, true,
                              [this](TransferKind kind) { kind_ = kind; });
    return run(outgoing);
  }

  Transferred run(OutgoingTransfer& outgoing) {
    Transferred got;
    for (bool ends = false; !ends;) {
      OutgoingTransfer::Part part = outgoing.produce(kNow);
      for (std::string& message : unframed(part.octets)) got.messages.push_back(std::move(message));
      ends = part.ends;
      got.broken = part.broken;
    }
    got.kind = kind_;
    for (const std::string& message : got.messages) {
      got.rcode = dns::read_message_head(message)->rcode;
      for (std::string& text : answers_of(message)) got.records.push_back(std::move(text));
    }
    return got;
  }

  Asking server_;
  model::Config config_;
  std::string reply_;
  TransferKind kind_ = TransferKind::kBroken;
};

TEST_F(Transfer, IsTheZoneBetweenTwoCopiesOfItsSoa) {
  const Transferred got = transfer(axfr());
  EXPECT_EQ(got.kind, TransferKind::kWhole);
  ASSERT_EQ(got.records.size(), 4u);
  EXPECT_EQ(got.records.front(), kSoaText);
  EXPECT_EQ(got.records.back(), kSoaText);
  EXPECT_THAT(std::vector<std::string>(got.records.begin() + 1, got.records.end() - 1),
              UnorderedElementsAre("example.com. 3600 NS ns1.example.com.",
                                   "www.example.com. 60 A 192.0.2.1"));
}

TEST_F(Transfer, OfAnApexAloneIsThisMessage) {
  serve(BatchBuilder().remove("example.com.", "www.example.com.", RRType::kA));
  const Transferred got = transfer(axfr());
  const std::string soa =
      record(kQnamePointer, RRType::kSoa, 900,
             std::string("\3ns1", 4) + kQnamePointer + std::string("\12hostmaster", 11) +
                 kQnamePointer + u32(1) + u32(7200) + u32(900) + u32(1209600) + u32(300));
  const std::string again = record(kQnamePointer, RRType::kSoa, 900,
                                   pointer(12 + 13 + 4 + 12) + pointer(12 + 13 + 4 + 12 + 6) +
                                       u32(1) + u32(7200) + u32(900) + u32(1209600) + u32(300));
  ASSERT_EQ(got.messages.size(), 1u);
  EXPECT_EQ(hex(got.messages[0]),
            hex(header(kQr | kAa, {.answers = 3}) + question("example.com.", RRType::kAxfr) + soa +
                record(kQnamePointer, RRType::kNs, 3600, pointer(12 + 13 + 4 + 12)) + again));
}

TEST_F(Transfer, IsRefusedToWhomNoRuleAdmits) {
  EXPECT_EQ(request(axfr(), ipv4(192, 0, 2, 7)), nullptr);
  EXPECT_EQ(hex(reply_), hex(header(kQr | 5) + question("example.com.", RRType::kAxfr)));
  const std::string by_key = signed_query(axfr(), tsig_key(), server_.unix);
  EXPECT_NE(request(by_key, ipv4(192, 0, 2, 7)), nullptr);
}

TEST_F(Transfer, NeedsBothWhereARuleHasPrefixAndKey) {
  model::ZoneAccess both;
  both.zone = name("example.com.");
  both.transfer.push_back({model::Prefix::parse("127.0.0.0/8").value(), name("xfr.example.")});
  serve(zone_with(both));
  const std::string by_key = signed_query(axfr(), tsig_key(), server_.unix);
  EXPECT_EQ(request(axfr()), nullptr);
  EXPECT_EQ(request(by_key, ipv4(192, 0, 2, 7)), nullptr);
  EXPECT_NE(request(by_key), nullptr);
}

TEST_F(Transfer, GoesByTheZonesOwnRulesWhereItHasSome) {
  model::ZoneAccess nobody;
  nobody.zone = name("example.com.");
  serve(zone_with(nobody));
  EXPECT_EQ(request(axfr()), nullptr);
}

TEST_F(Transfer, IsNotForNamesInsideAZone) {
  EXPECT_EQ(request(query("www.example.com.", RRType::kAxfr)), nullptr);
  EXPECT_EQ(hex(reply_), hex(header(kQr | 9) + question("www.example.com.", RRType::kAxfr)));
}

TEST_F(Transfer, OfManyRecordsIsManyMessagesSignedInARow) {
  BatchBuilder batch;
  for (int i = 0; i < 3000; ++i) {
    batch.simple("example.com.", absl::StrCat("host-", i, ".example.com."), RRType::kTxt,
                 {absl::StrCat("\"", i, std::string(60, 'x'), "\"")});
  }
  serve(batch);
  std::string mac;
  const Transferred got =
      transfer(signed_query(edns_query("example.com.", RRType::kAxfr), tsig_key(), kNow, &mac));
  EXPECT_GT(got.messages.size(), 5u);
  dns::TsigReplyVerifier verifier(tsig_key(), mac);
  for (const std::string& message : got.messages) {
    EXPECT_LT(message.size(), 17'000u);
    EXPECT_EQ(dns::read_message_head(message)->additionals, 2u) << "OPT and TSIG";
    EXPECT_TRUE(verifier.accept(message, tsig_of(message), kNow));
  }
  EXPECT_EQ(got.records.size(), 3000u + 4u);
  EXPECT_EQ(std::set<std::string>(got.records.begin(), got.records.end()).size(), 3000u + 3u);
}

TEST_F(Transfer, KeepsTheCaseOfNamesInData) {
  serve(BatchBuilder().simple("example.com.", "Mail.example.com.", RRType::kMx,
                              {"10 WWW.Example.COM."}));
  EXPECT_THAT(transfer(axfr()).records,
              ::testing::Contains("mail.example.com. 60 MX 10 WWW.Example.COM."));
}

TEST_F(Transfer, IsOfOneGenerationThoughTheZoneChangesMeanwhile) {
  BatchBuilder batch;
  for (int i = 0; i < 3000; ++i) {
    batch.simple("example.com.", absl::StrCat("host-", i, ".example.com."), RRType::kTxt,
                 {"\"before\""});
  }
  serve(batch);
  auto asked = request(axfr());
  const server::ZoneChangesSource none;
  OutgoingTransfer outgoing(std::move(asked), none, true,
                            [this](TransferKind kind) { kind_ = kind; });
  OutgoingTransfer::Part first = outgoing.produce(kNow);
  BatchBuilder change;
  for (int i = 0; i < 3000; ++i)
    change.remove("example.com.", absl::StrCat("host-", i, ".example.com."), RRType::kTxt);
  serve(change);
  const Transferred rest = run(outgoing);
  std::size_t records = rest.records.size();
  for (const std::string& message : unframed(first.octets)) records += answers_of(message).size();
  EXPECT_EQ(records, 3000u + 4u);
}

TEST_F(Transfer, OfAZoneWithPoliciesIsRefusedUnlessTheFirstChoiceWillDo) {
  model::RecordGroup weights;
  weights.type = RRType::kA;
  weights.sets = {weighted("heavy", 3, "192.0.2.30"), weighted("light", 1, "192.0.2.10")};
  serve(BatchBuilder().group("example.com.", "api.example.com.", weights));
  const Transferred refused = transfer(axfr());
  EXPECT_EQ(refused.kind, TransferKind::kRefused);
  ASSERT_EQ(refused.messages.size(), 1u);
  EXPECT_EQ(hex(refused.messages[0]),
            hex(header(kQr | 5) + question("example.com.", RRType::kAxfr)));

  model::ZoneAccess first_choice = to_loopback_or_key();
  first_choice.policy_records = model::PolicyRecords::kFirstChoice;
  serve({.changes = {model::PutZoneAccess{std::make_shared<const model::ZoneAccess>(first_choice)}},
         .author = {},
         .comment = {}});
  EXPECT_THAT(transfer(axfr()).records, ::testing::Contains("api.example.com. 60 A 192.0.2.30"));
}

TEST_F(Transfer, BeyondTheLimitOfTransfersAtATimeIsRefused) {
  const server::ZoneChangesSource none;
  OutgoingTransfer outgoing(request(axfr()), none, false,
                            [this](TransferKind kind) { kind_ = kind; });
  EXPECT_EQ(run(outgoing).rcode, 5u);
}

// Of REFUSED with an extended error (RFC 8914), to a query for AXFR with EDNS.
std::string prohibited(const std::string& text) {
  return header(kQr | 5, {.additional = 1}) + question("example.com.", RRType::kAxfr) +
         opt({.options = option(15, u16(18) + text)});
}

TEST_F(Transfer, OverTcpIsRefusedWhereARuleDemandsTls) {
  model::ZoneAccess over_tls;
  over_tls.transfer.push_back({model::Prefix::parse("127.0.0.0/8").value(), std::nullopt, true});
  serve(zone_with(over_tls));
  const std::string asked = edns_query("example.com.", RRType::kAxfr);
  EXPECT_EQ(request(asked), nullptr);
  EXPECT_EQ(hex(reply_), hex(prohibited("ask over TLS")));
  EXPECT_EQ(request(asked, ipv4(192, 0, 2, 7)), nullptr);
  EXPECT_EQ(hex(reply_), hex(prohibited("")));
}

// RFC 9103 sections 7.1 and 7.2.
TEST_F(Transfer, OverTlsNeedsWhatTheStandardDemandsOfIt) {
  Asking tls(server::Transport::kTls);
  tls.zones = server_.zones;
  const std::string asked = edns_query("example.com.", RRType::kAxfr);
  EXPECT_EQ(hex(tls.ask(asked, ipv4(127, 0, 0, 1))), hex(prohibited("use TLS 1.3 and ALPN dot")));
  tls.may_transfer_over_tls = true;
  EXPECT_EQ(tls.ask(asked, ipv4(127, 0, 0, 1)), "");
  EXPECT_NE(tls.last.transfer, nullptr);
}

TEST_F(Transfer, IsPaddedOverTlsIfTheQueryIs) {
  BatchBuilder batch;
  for (int i = 0; i < 1000; ++i)
    batch.simple("example.com.", absl::StrCat("host-", i, ".example.com."), RRType::kTxt,
                 {absl::StrCat("\"", i, std::string(60, 'x'), "\"")});
  serve(batch);
  Asking tls(server::Transport::kTls);
  tls.zones = server_.zones;
  tls.may_transfer_over_tls = true;
  std::string mac;
  const std::string padded = edns_query("example.com.", RRType::kAxfr, {.options = option(12, "")});
  tls.ask(signed_query(padded, tsig_key(), kNow, &mac), ipv4(127, 0, 0, 1));
  ASSERT_NE(tls.last.transfer, nullptr);
  const server::ZoneChangesSource none;
  OutgoingTransfer outgoing(std::move(tls.last.transfer), none, true,
                            [this](TransferKind kind) { kind_ = kind; });
  const Transferred got = run(outgoing);
  EXPECT_EQ(got.records.size(), 1004u);
  ASSERT_GT(got.messages.size(), 2u);
  dns::TsigReplyVerifier verifier(tsig_key(), mac);
  for (const std::string& message : got.messages) {
    EXPECT_EQ(message.size() % 468, 0u);
    EXPECT_TRUE(verifier.accept(message, tsig_of(message), kNow));
  }
}

TEST_F(Transfer, OverUdpIsRefused) {
  Asking server(server::Transport::kUdp);
  server.zones = server_.zones;
  EXPECT_EQ(hex(server.ask(axfr(), ipv4(127, 0, 0, 1))),
            hex(header(kQr | 5) + question("example.com.", RRType::kAxfr)));
}

// The history of the example zone: www had another address under serial 1.
model::RecordGroupPtr group_of(RRType type, std::uint32_t ttl,
                               const std::vector<std::string>& values) {
  auto group = std::make_shared<model::RecordGroup>();
  group->type = type;
  group->sets.emplace_back().ttl = ttl;
  for (const std::string& value : values) group->sets[0].rdata.push_back(rdata(type, value));
  return group;
}
model::RecordGroupPtr soa_of(int serial) {
  return group_of(
      RRType::kSoa, 900,
      {absl::StrCat("ns1.example.com. hostmaster.example.com. ", serial, " 7200 900 1209600 300")});
}
std::string soa_text(int serial) {
  return absl::StrCat("example.com. 900 SOA ns1.example.com. hostmaster.example.com. ", serial,
                      " 7200 900 1209600 300");
}

class Incremental : public Transfer {
 protected:
  Incremental() {
    BatchBuilder batch;
    batch.group("example.com.", "example.com.", *soa_of(3))
        .simple("example.com.", "www.example.com.", RRType::kA, {"192.0.2.1", "192.0.2.3"});
    serve(batch);
    changes_ = {{name("example.com."), soa_of(1), soa_of(3)},
                {name("www.example.com."), group_of(RRType::kA, 60, {"192.0.2.1", "192.0.2.2"}),
                 group_of(RRType::kA, 60, {"192.0.2.1", "192.0.2.3"})},
                {name("old.example.com."), group_of(RRType::kTxt, 60, {"\"gone\""}), nullptr},
                {name("new.example.com."), nullptr, group_of(RRType::kTxt, 60, {"\"here\""})},
                {name("ttl.example.com."), group_of(RRType::kA, 60, {"192.0.2.9"}),
                 group_of(RRType::kA, 30, {"192.0.2.9"})}};
  }

  Transferred since(std::uint32_t serial) {
    return transfer(ixfr(serial),
                    [&](const dns::Name& apex, std::uint32_t wanted,
                        model::ConfigGeneration to) -> absl::StatusOr<std::vector<GroupChange>> {
                      EXPECT_EQ(apex.text(), "example.com.");
                      EXPECT_EQ(to, config_.generation);
                      if (wanted != 1) return absl::NotFoundError("it is forgotten");
                      return changes_;
                    });
  }

  std::vector<GroupChange> changes_;
};

TEST_F(Incremental, IsWhatWentAndWhatCame) {
  const Transferred got = since(1);
  EXPECT_EQ(got.kind, TransferKind::kIncremental);
  EXPECT_THAT(got.records,
              ElementsAre(soa_text(3), soa_text(1), "www.example.com. 60 A 192.0.2.2",
                          "old.example.com. 60 TXT \"gone\"", "ttl.example.com. 60 A 192.0.2.9",
                          soa_text(3), "www.example.com. 60 A 192.0.2.3",
                          "new.example.com. 60 TXT \"here\"", "ttl.example.com. 30 A 192.0.2.9",
                          soa_text(3)));
  EXPECT_EQ(dns::read_message_head(got.messages[0])->question.type, RRType::kIxfr);
}

TEST_F(Incremental, IsTheWholeZoneWhereTheHistoryDoesNotGoSoFar) {
  const Transferred got = since(2);
  EXPECT_EQ(got.kind, TransferKind::kWhole);
  EXPECT_EQ(got.records.size(), 5u);
}

TEST_F(Incremental, IsTheSoaAloneForWhoHasTheZoneAlready) {
  for (const std::uint32_t serial : {3u, 4u}) {
    const Transferred got = since(serial);
    EXPECT_EQ(got.kind, TransferKind::kUpToDate);
    EXPECT_THAT(got.records, ElementsAre(soa_text(3)));
  }
}

TEST_F(Incremental, IsTheWholeZoneWhereRecordsFollowOthersByAnAlias) {
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = {alias("", model::Simple{}, "example.com.", "www.example.com.", false)};
  serve(BatchBuilder().group("example.com.", "alias.example.com.", group));
  model::ZoneAccess first_choice = to_loopback_or_key();
  first_choice.policy_records = model::PolicyRecords::kFirstChoice;
  serve({.changes = {model::PutZoneAccess{std::make_shared<const model::ZoneAccess>(first_choice)}},
         .author = {},
         .comment = {}});
  EXPECT_EQ(since(1).kind, TransferKind::kWhole);
}

TEST_F(Incremental, NeedsTheSerialThatTheClientHas) {
  EXPECT_EQ(request(query("example.com.", RRType::kIxfr)), nullptr);
  EXPECT_EQ(hex(reply_), hex(header(kQr | 1) + question("example.com.", RRType::kIxfr)));
}

TEST_F(Incremental, OverUdpTellsThePresentSoa) {
  Asking server(server::Transport::kUdp);
  server.zones = server_.zones;  // the table has serial 1
  const std::string reply = server.ask(ixfr(0), ipv4(127, 0, 0, 1));
  EXPECT_THAT(answers_of(reply), ElementsAre(kSoaText));
}

}  // namespace
}  // namespace signpost::testing
