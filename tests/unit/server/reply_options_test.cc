// EDNS options that only the slow path gives, and what it tells of itself in class CH.
#include "server/reply_options.h"

#include <gtest/gtest.h>

#include <cstring>

#include "bpf/cookie.h"
#include "policy/validate.h"
#include "tests/unit/server/asking.h"
#include "tests/unit/server/transfer_support.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using server::Transport;

constexpr unsigned kKeepalive = 11;
constexpr unsigned kExtendedError = 15;
constexpr unsigned kZoneVersion = 19;
constexpr unsigned kChaos = 3;

std::string error_opt(unsigned code) { return opt({.options = option(kExtendedError, u16(code))}); }

std::string asking_for(unsigned code, const std::string& qname = "www.example.com.") {
  return edns_query(qname, RRType::kA, {.options = option(code, "")});
}

std::string end_of(const std::string& reply, const std::string& wanted) {
  return hex(reply.substr(reply.size() - std::min(reply.size(), wanted.size())));
}

TEST(ExtendedErrors, SayWhyAQueryIsRefused) {
  Asking server;
  const std::string foreign = question("www.example.net.", RRType::kA);
  EXPECT_EQ(hex(server.ask(header(0, {.additional = 1}) + foreign + opt())),
            hex(header(kQr | 5, {.additional = 1}) + foreign + error_opt(20)));
  const std::string hesiod = question("www.example.com.", RRType::kA, 4);
  EXPECT_EQ(hex(server.ask(header(0, {.additional = 1}) + hesiod + opt())),
            hex(header(kQr | 5, {.additional = 1}) + hesiod + error_opt(20)));
  const std::string transfer = question("example.com.", RRType::kAxfr);
  EXPECT_EQ(hex(server.ask(header(0, {.additional = 1}) + transfer + opt())),
            hex(header(kQr | 9, {.additional = 1}) + transfer + error_opt(20)));
  server.zones = served(applied({}, zone_with({})));
  EXPECT_EQ(hex(server.ask(header(0, {.additional = 1}) + transfer + opt())),
            hex(header(kQr | 5, {.additional = 1}) + transfer + error_opt(18)));
  const std::string mailb = question("example.com.", static_cast<RRType>(253));
  EXPECT_EQ(hex(server.ask(header(0, {.additional = 1}) + mailb + opt())),
            hex(header(kQr | 4, {.additional = 1}) + mailb + error_opt(21)));
}

TEST(ExtendedErrors, SayThatTheServerIsNotReady) {
  Asking server;
  server.table = nullptr;
  const std::string asked = question("www.example.com.", RRType::kA);
  EXPECT_EQ(hex(server.ask(header(0, {.additional = 1}) + asked + opt())),
            hex(header(kQr | 2, {.additional = 1}) + asked + error_opt(14)));
}

TEST(ExtendedErrors, AreNotForClientsWithoutEdns) {
  Asking server;
  const std::string asked = question("www.example.net.", RRType::kA);
  EXPECT_EQ(hex(server.ask(header(0) + asked)), hex(header(kQr | 5) + asked));
}

TEST(Keepalive, TellsHowLongATcpConnectionMayBeIdle) {
  Asking server(Transport::kTcp);
  server.idle_timeout = std::chrono::seconds(10);
  const std::string wanted = opt({.options = option(kKeepalive, u16(100))});
  EXPECT_EQ(end_of(server.ask(asking_for(kKeepalive)), wanted), hex(wanted));
  Asking tls(Transport::kTls);
  tls.idle_timeout = std::chrono::seconds(10);
  EXPECT_EQ(end_of(tls.ask(asking_for(kKeepalive)), wanted), hex(wanted));
}

TEST(Keepalive, IsIgnoredOverUdpAndNotToldUnasked) {
  Asking udp;
  EXPECT_EQ(end_of(udp.ask(asking_for(kKeepalive)), opt()), hex(opt()));
  Asking tcp(Transport::kTcp);
  EXPECT_EQ(end_of(tcp.ask(edns_query("www.example.com.", RRType::kA)), opt()), hex(opt()));
}

constexpr unsigned kPadding = 12;

std::string padded(const std::string& qname, RRType type = RRType::kA) {
  return edns_query(qname, type, {.options = option(kPadding, std::string(20, '\0'))});
}

TEST(Padding, MakesRepliesOverTlsAMultipleOf468Octets) {
  Asking server(Transport::kTls);
  for (const char* qname : {"www.example.com.", "nothing.example.com.", "www.example.net."})
    EXPECT_EQ(server.ask(padded(qname)).size(), 468u) << qname;
  const std::string big = server.ask(padded("big.example.com.", RRType::kTxt));
  EXPECT_GT(big.size(), 1232u);
  EXPECT_EQ(big.size() % 468, 0u);
}

TEST(Padding, IsNotAddedUnaskedNorWhereAnybodyCanReadAlong) {
  Asking tls(Transport::kTls);
  EXPECT_EQ(end_of(tls.ask(edns_query("www.example.com.", RRType::kA)), opt()), hex(opt()));
  for (const Transport transport : {Transport::kUdp, Transport::kTcp}) {
    Asking server(transport);
    EXPECT_EQ(end_of(server.ask(padded("www.example.com.")), opt()), hex(opt()));
  }
}

TEST(Padding, EndsWhereAMessageDoes) {
  EXPECT_EQ(server::padding_option(464), option(kPadding, ""));
  EXPECT_EQ(server::padding_option(465).size(), 4u + 467u);
  EXPECT_EQ(server::padding_option(65520 - 4).size(), 4u);  // 140 blocks
  EXPECT_EQ(server::padding_option(65520).size(), 15u);
  EXPECT_EQ(server::padding_option(65531), option(kPadding, ""));
  EXPECT_EQ(server::padding_option(65532), "");
}

TEST(ZoneVersion, IsTheSerialAndTheConfigurationGenerationOfTheZoneThatAnswers) {
  Asking server;
  const std::uint64_t generation = server.table->config_generation;
  // Two labels, as in "example.com".
  const std::string wanted =
      opt({.options = option(kZoneVersion, std::string("\2\0", 2) + u32(1)) +
                      option(kZoneVersion,
                             "\2\xf6" + u32(0) + u32(static_cast<std::uint32_t>(generation)))});
  for (const char* qname : {"www.example.com.", "nothing.example.com.", "x.dname.example.com.",
                            "host.sub.example.com."}) {
    EXPECT_EQ(end_of(server.ask(asking_for(kZoneVersion, qname)), wanted), hex(wanted)) << qname;
  }
}

TEST(ZoneVersion, IsNotToldOfZonesThatAreNotHeld) {
  Asking server;
  const std::string wanted = error_opt(20);
  EXPECT_EQ(end_of(server.ask(asking_for(kZoneVersion, "www.example.net.")), wanted), hex(wanted));
}

class Chaos : public ::testing::Test {
 protected:
  Chaos() {
    server_.settings.flags = GUARD_CHAOS;
    std::memcpy(server_.settings.nsid, "lon-1", 5);
    server_.settings.nsid_length = 5;
  }

  static std::string asked(const std::string& qname, RRType type = RRType::kTxt) {
    return question(qname, type, kChaos);
  }
  static std::string txt(const std::string& text) {
    return kQnamePointer + u16(16) + u16(kChaos) + u32(0) +
           u16(static_cast<unsigned>(text.size()) + 1) + static_cast<char>(text.size()) + text;
  }
  std::string refused(const std::string& asked) { return header(kQr | 5) + asked; }

  Asking server_;
};

TEST_F(Chaos, TellsTheIdentityAndTheVersion) {
  for (const char* qname : {"id.server.", "hostname.bind.", "ID.Server."}) {
    EXPECT_EQ(hex(server_.ask(header(0) + asked(qname))),
              hex(header(kQr | kAa, {.answers = 1}) + asked(qname) + txt("lon-1")));
  }
  for (const char* qname : {"version.server.", "version.bind."}) {
    EXPECT_EQ(hex(server_.ask(header(0) + asked(qname))),
              hex(header(kQr | kAa, {.answers = 1}) + asked(qname) + txt("Signpost 0.1.0")));
  }
}

TEST_F(Chaos, IsRefusedWithoutTheFlagWithoutAnIdentityAndForOtherNamesAndTypes) {
  EXPECT_EQ(hex(server_.ask(header(0) + asked("authors.bind."))),
            hex(refused(asked("authors.bind."))));
  EXPECT_EQ(hex(server_.ask(header(0) + asked("id.server.", RRType::kA))),
            hex(refused(asked("id.server.", RRType::kA))));
  server_.settings.nsid_length = 0;
  EXPECT_EQ(hex(server_.ask(header(0) + asked("id.server."))), hex(refused(asked("id.server."))));
  server_.settings.flags = 0;
  EXPECT_EQ(hex(server_.ask(header(0) + asked("version.bind."))),
            hex(refused(asked("version.bind."))));
}

// RFC 7873 section 5.4.
TEST(CookieQuery, WithoutAQuestionIsAnsweredByACookie) {
  Asking server;
  server.settings.options = QUERY_COOKIE;
  const std::string client_cookie = "\1\2\3\4\5\6\7\10";
  const std::string reply = server.ask(header(0, {.questions = 0, .additional = 1}) +
                                       opt({.options = option(10, client_cookie)}));
  const std::string start = header(kQr, {.questions = 0, .additional = 1}) +
                            opt({.options = option(10, client_cookie + std::string(16, '\0'))});
  EXPECT_EQ(reply.size(), start.size());
  EXPECT_EQ(hex(reply.substr(0, start.size() - 16)), hex(start.substr(0, start.size() - 16)));
}

TEST(CookieQuery, WithoutAQuestionIsAFormatErrorWhereCookiesAreNotUsed) {
  Asking server;
  EXPECT_EQ(hex(server.ask(header(0, {.questions = 0, .additional = 1}) +
                           opt({.options = option(10, "\1\2\3\4\5\6\7\10")}))),
            hex(header(kQr | 1, {.questions = 0, .additional = 1}) + opt()));
}

}  // namespace
}  // namespace signpost::testing
