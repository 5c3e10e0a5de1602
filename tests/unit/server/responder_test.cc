#include "server/responder.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/server/asking.h"

namespace signpost::testing {
namespace {

using dns::RRType;

const std::string kSoaRdata =
    rdata(RRType::kSoa, "ns1.example.com. hostmaster.example.com. 1 7200 900 1209600 300");
const std::string kApexWire(name("example.com.").wire());
// As it ends a negative reply.
const std::string kSoaTail = record(kApexWire, RRType::kSoa, 300, kSoaRdata);

std::string a_record(const std::string& owner, const std::string& address) {
  return record(owner, RRType::kA, 60, rdata(RRType::kA, address));
}

TEST(Responder, AnswersWithTheQuestionAsReceived) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("wWw.eXample.com.", RRType::kA))),
            hex(header(kQr | kAa, {.answers = 1}) + question("wWw.eXample.com.", RRType::kA) +
                a_record(kQnamePointer, "192.0.2.1")));
}

TEST(Responder, AnswersNodataWithTheZonesSoa) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("www.example.com.", RRType::kMx))),
            hex(header(kQr | kAa, {.authority = 1}) + question("www.example.com.", RRType::kMx) +
                kSoaTail));
}

TEST(Responder, AnswersNxdomainWithTheZonesSoaBeforeOpt) {
  Asking server;
  EXPECT_EQ(hex(server.ask(edns_query("no.example.com.", RRType::kA))),
            hex(header(kQr | kAa | 3, {.authority = 1, .additional = 1}) +
                question("no.example.com.", RRType::kA) + kSoaTail + opt()));
}

TEST(Responder, AnswersNodataAtAnEmptyNonTerminal) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("deep.example.com.", RRType::kA))),
            hex(header(kQr | kAa, {.authority = 1}) + question("deep.example.com.", RRType::kA) +
                kSoaTail));
}

TEST(Responder, AnswersFromAWildcard) {
  Asking server;
  EXPECT_EQ(
      hex(server.ask(query("x.y.wild.example.com.", RRType::kTxt))),
      hex(header(kQr | kAa, {.answers = 1}) + question("x.y.wild.example.com.", RRType::kTxt) +
          record(kQnamePointer, RRType::kTxt, 60, "\3any")));
}

TEST(Responder, RefersToTheServersOfAChildWithItsGlue) {
  Asking server;
  const std::string reply = server.ask(query("host.sub.example.com.", RRType::kA));
  EXPECT_EQ(hex(reply.substr(0, 12)), hex(header(kQr, {.authority = 1, .additional = 1})));
  EXPECT_NE(reply.find(rdata(RRType::kA, "192.0.2.5")), std::string::npos);
}

TEST(Responder, GivesTheDsAtAZoneCutThroughAnAliasToo) {
  Asking server;
  const std::string asked = question("to-signed.example.com.", RRType::kDs);
  // "example" begins at 22, the first record at 39, its RDATA at 51.
  EXPECT_EQ(hex(server.ask(header(0) + asked)),
            hex(header(kQr | kAa, {.answers = 2}) + asked +
                record(kQnamePointer, RRType::kCname, 60, "\6signed" + pointer(22)) +
                record(pointer(51), RRType::kDs, 60,
                       rdata(RRType::kDs, "1 13 2 " + std::string(64, 'A')))));
}

TEST(Responder, RefusesNamesOutsideItsZones) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("www.example.net.", RRType::kA))),
            hex(header(kQr | 5) + question("www.example.net.", RRType::kA)));
}

TEST(Responder, RefusesOtherClasses) {
  Asking server;
  for (const unsigned qclass : {3u, 4u, 254u, 255u}) {
    const std::string asked = question("version.bind.", RRType::kTxt, qclass);
    EXPECT_EQ(hex(server.ask(header(0) + asked)), hex(header(kQr | 5) + asked));
  }
}

TEST(Responder, IsNotAuthoritativeForTheTransferOfAZoneThatIsNotHeld) {
  for (const auto transport : {server::Transport::kUdp, server::Transport::kTcp}) {
    Asking server(transport);
    EXPECT_EQ(hex(server.ask(query("example.com.", RRType::kAxfr))),
              hex(header(kQr | 9) + question("example.com.", RRType::kAxfr)));
    // IXFR has the client's SOA in its authority section.
    EXPECT_EQ(hex(server.ask(header(0, {.authority = 1}) + question("example.com.", RRType::kIxfr) +
                             record(kQnamePointer, RRType::kSoa, 0, kSoaRdata))),
              hex(header(kQr | 9) + question("example.com.", RRType::kIxfr)));
  }
}

TEST(Responder, RejectsMetaTypesThatNobodyMayAsk) {
  Asking server;
  for (const unsigned qtype : {0u, 41u, 128u, 249u, 250u}) {
    const std::string asked = question("www.example.com.", static_cast<RRType>(qtype));
    EXPECT_EQ(hex(server.ask(header(0) + asked)), hex(header(kQr | 1) + asked)) << qtype;
  }
  for (const unsigned qtype : {253u, 254u}) {
    const std::string asked = question("www.example.com.", static_cast<RRType>(qtype));
    EXPECT_EQ(hex(server.ask(header(0) + asked)), hex(header(kQr | 4) + asked)) << qtype;
  }
}

TEST(Responder, ServesNodataForEveryAssignedTypeWithoutData) {
  Asking server;
  for (unsigned qtype = 1; qtype < 128; ++qtype) {
    if (qtype == 41) continue;
    const auto type = static_cast<RRType>(qtype);
    const std::string reply = server.ask(query("a.deep.example.com.", type));
    ASSERT_EQ(
        hex(reply.substr(0, 12)),
        hex(header(kQr | kAa, type == RRType::kA ? Counts{.answers = 1} : Counts{.authority = 1})))
        << qtype;
  }
}

TEST(Responder, AnswersAnyWithTheSmallestRRset) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("www.example.com.", RRType::kAny))),
            hex(header(kQr | kAa, {.answers = 1}) + question("www.example.com.", RRType::kAny) +
                a_record(kQnamePointer, "192.0.2.1")));
}

TEST(Responder, AnswersAnyAtAnAliasWithTheCnameAlone) {
  Asking server;
  const std::string reply = server.ask(query("alias.example.com.", RRType::kAny));
  EXPECT_EQ(hex(reply),
            hex(header(kQr | kAa, {.answers = 1}) + question("alias.example.com.", RRType::kAny) +
                record(kQnamePointer, RRType::kCname, 60, "\3www" + pointer(18))));
}

TEST(Responder, AnswersAnyFromAWildcardBelowACutAndWhereNothingIs) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("x.wild.example.com.", RRType::kAny)).substr(0, 12)),
            hex(header(kQr | kAa, {.answers = 1})));
  EXPECT_EQ(hex(server.ask(query("sub.example.com.", RRType::kAny)).substr(0, 12)),
            hex(header(kQr, {.authority = 1, .additional = 1})));
  EXPECT_EQ(hex(server.ask(query("deep.example.com.", RRType::kAny)).substr(0, 12)),
            hex(header(kQr | kAa, {.authority = 1})));
  EXPECT_EQ(hex(server.ask(query("no.example.com.", RRType::kAny)).substr(0, 12)),
            hex(header(kQr | kAa | 3, {.authority = 1})));
  EXPECT_EQ(hex(server.ask(query("example.net.", RRType::kAny)).substr(0, 12)),
            hex(header(kQr | 5)));
}

TEST(Responder, GivesExactSharesInTurn) {
  Asking server;
  std::map<std::string, int> seen;
  for (int i = 0; i < 30; ++i) {
    const std::string reply = server.ask(query("api.example.com.", RRType::kA));
    ++seen[reply.substr(reply.size() - 4)];
    EXPECT_NE(server.last.counter, 0u);
  }
  EXPECT_EQ(seen[rdata(RRType::kA, "192.0.2.10")], 20);
  EXPECT_EQ(seen[rdata(RRType::kA, "192.0.2.20")], 10);
}

TEST(Responder, DrawsRandomSlotsNearTheirShares) {
  Asking server;
  std::map<std::string, int> seen;
  for (int i = 0; i < 10000; ++i) {
    const std::string reply = server.ask(query("random.example.com.", RRType::kA));
    ++seen[reply.substr(reply.size() - 4)];
  }
  EXPECT_NEAR(seen[rdata(RRType::kA, "192.0.2.30")], 5000, 250);  // five standard deviations
}

TEST(Responder, KeepsAClientsPrefixOnItsSlot) {
  Asking server;
  std::map<std::string, int> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string asked = query("sticky.example.com.", RRType::kA);
    const auto third = static_cast<std::uint8_t>(i);
    const std::string reply = server.ask(asked, ipv4(198, 51, third, 7));
    EXPECT_EQ(reply, server.ask(asked, ipv4(198, 51, third, 200)));
    ++seen[reply.substr(reply.size() - 4)];
  }
  EXPECT_EQ(seen.size(), 2u);
}

TEST(Responder, TruncatesToTheHeaderQuestionAndOpt) {
  Asking server;
  const std::string asked = question("middle.example.com.", RRType::kTxt);
  EXPECT_EQ(hex(server.ask(header(0) + asked)), hex(header(kQr | kAa | kTc) + asked));
  EXPECT_TRUE(server.last.truncated);
  EXPECT_EQ(server.ask(edns_query("middle.example.com.", RRType::kTxt)).size(),
            12 + asked.size() + 4 * (12 + 201) + 11);
  EXPECT_EQ(hex(server.ask(edns_query("big.example.com.", RRType::kTxt, {.udp_size = 4096}))),
            hex(header(kQr | kAa | kTc, {.additional = 1}) +
                question("big.example.com.", RRType::kTxt) + opt()));
}

TEST(Responder, TakesASmallClientSizeFor512) {
  Asking server;
  for (const unsigned size : {0u, 100u, 511u, 512u}) {
    const std::string reply =
        server.ask(edns_query("middle.example.com.", RRType::kTxt, {.udp_size = size}));
    EXPECT_EQ(reply.size(), 12 + question("middle.example.com.", RRType::kTxt).size() + 11);
    EXPECT_GT(server.ask(edns_query("www.example.com.", RRType::kA, {.udp_size = size})).size(),
              50u);
    EXPECT_FALSE(server.last.truncated);
  }
}

TEST(Responder, AnswersWholeOverTcp) {
  Asking server(server::Transport::kTcp);
  const std::string asked = question("big.example.com.", RRType::kTxt);
  const std::string reply = server.ask(header(0) + asked);
  EXPECT_EQ(hex(reply.substr(0, 12)), hex(header(kQr | kAa, {.answers = 10})));
  EXPECT_EQ(reply.size(), 12 + asked.size() + 10 * (12 + 201));
}

TEST(Responder, StaysSilentOnlyWhereAReplyMustNotBeSent) {
  Asking server;
  EXPECT_EQ(server.ask(""), "");
  EXPECT_EQ(server.ask(query("www.example.com.", RRType::kA).substr(0, 11)), "");
  EXPECT_EQ(server.ask(query("www.example.com.", RRType::kA, kQr)), "");
  EXPECT_NE(server.ask(header(0, {.questions = 0})), "");
}

TEST(Responder, IsNotReadyWithoutATable) {
  Asking server;
  server.table = nullptr;
  EXPECT_EQ(hex(server.ask(query("www.example.com.", RRType::kA, kRd))),
            hex(header(kQr | kRd | 2) + question("www.example.com.", RRType::kA)));
}

}  // namespace
}  // namespace signpost::testing
