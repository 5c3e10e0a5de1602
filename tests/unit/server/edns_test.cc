// ISC's EDNS compliance set (RFC 8906 section 8), over UDP and TCP, octet by octet.
#include <gtest/gtest.h>

#include "tests/unit/server/asking.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using server::Transport;

const std::string kCookie = option(10, std::string("\1\2\3\4\5\6\7\10", 8));
const std::string kNsid = option(3, "");
const std::string kExpire = option(9, "");
const std::string kUnknown = option(100, "");
const std::string kSubnetZero = option(8, std::string("\0\1\0\0", 4));

class Compliance : public ::testing::TestWithParam<Transport> {
 protected:
  std::string soa_question() const { return question("example.com.", RRType::kSoa); }

  // The whole reply to "SOA example.com." but its header.
  std::string soa_answer() const {
    return soa_question() + record(kQnamePointer, RRType::kSoa, 900,
                                   "\3ns1" + kQnamePointer + "\12hostmaster" + kQnamePointer +
                                       u32(1) + u32(7200) + u32(900) + u32(1209600) + u32(300));
  }

  // "Q0" with flags in the query, and the flags besides QR and AA that the reply has.
  void expect_plain(unsigned flags, unsigned copied) {
    EXPECT_EQ(hex(server_.ask(header(flags) + soa_question())),
              hex(header(kQr | kAa | copied, {.answers = 1}) + soa_answer()));
  }

  // "Q1": OPT version 0 in and out; `echoed` are the options of the reply.
  void expect_edns(const Opt& sent, const Opt& received) {
    EXPECT_EQ(
        hex(server_.ask(header(0, {.additional = 1}) + soa_question() + opt(sent))),
        hex(header(kQr | kAa, {.answers = 1, .additional = 1}) + soa_answer() + opt(received)));
  }

  // "V1": version 1 gives BADVERS with OPT version 0 and the question, and no option.
  void expect_badvers(Opt sent, unsigned flags = 0) {
    sent.version = 1;
    EXPECT_EQ(hex(server_.ask(header(0, {.additional = 1}) + soa_question() + opt(sent))),
              hex(header(kQr, {.additional = 1}) + soa_question() +
                  opt({.extended_rcode = 1, .flags = flags})));
    EXPECT_EQ(server_.last.rcode, 16);
  }

  Asking server_{GetParam()};
};

TEST_P(Compliance, Dns) { expect_plain(0, 0); }
TEST_P(Compliance, Aa) { expect_plain(kAa, 0); }
TEST_P(Compliance, Ad) { expect_plain(kAd, 0); }
TEST_P(Compliance, Cd) { expect_plain(kCd, 0); }
TEST_P(Compliance, Ra) { expect_plain(kRa, 0); }
TEST_P(Compliance, Tc) { expect_plain(kTc, 0); }
TEST_P(Compliance, Rd) { expect_plain(kRd, kRd); }
TEST_P(Compliance, Zflag) { expect_plain(kZ, 0); }

TEST_P(Compliance, Opcode) {
  EXPECT_EQ(hex(server_.ask(header(15 << 11, {.questions = 0}))),
            hex(header(kQr | 15 << 11 | 4, {.questions = 0})));
}

TEST_P(Compliance, Opcodeflg) {
  EXPECT_EQ(
      hex(server_.ask(header(15 << 11 | kTc | kRd | kRa | kCd | kAd | kAa | kZ, {.questions = 0}))),
      hex(header(kQr | 15 << 11 | 4, {.questions = 0})));
}

TEST_P(Compliance, EveryOtherOpcode) {
  constexpr unsigned kNotify = 4;
  constexpr unsigned kUpdate = 5;
  for (unsigned opcode = 1; opcode < 16; ++opcode) {
    if (opcode == kNotify || opcode == kUpdate) continue;
    EXPECT_EQ(hex(server_.ask(header(opcode << 11, {.additional = 1}) + soa_question() + opt())),
              hex(header(kQr | opcode << 11 | 4, {.questions = 0})));
  }
}

TEST_P(Compliance, Type666) {
  const std::string asked = question("example.com.", static_cast<RRType>(666));
  const std::string reply = server_.ask(header(0) + asked);
  EXPECT_EQ(hex(reply.substr(0, 12 + asked.size())),
            hex(header(kQr | kAa, {.authority = 1}) + asked));
}

TEST_P(Compliance, Edns) { expect_edns({}, {}); }
TEST_P(Compliance, Ednsopt) { expect_edns({.options = kUnknown}, {}); }
TEST_P(Compliance, Ednsflags) { expect_edns({.flags = 0x0080}, {}); }
TEST_P(Compliance, Do) { expect_edns({.flags = kDo}, {.flags = kDo}); }

TEST_P(Compliance, Docd) {
  EXPECT_EQ(
      hex(server_.ask(header(kCd, {.additional = 1}) + soa_question() + opt({.flags = kDo}))),
      hex(header(kQr | kAa, {.answers = 1, .additional = 1}) + soa_answer() + opt({.flags = kDo})));
}

TEST_P(Compliance, Edns1) { expect_badvers({}); }
TEST_P(Compliance, Edns1opt) { expect_badvers({.options = kUnknown}); }
TEST_P(Compliance, Edns1do) { expect_badvers({.flags = kDo}, kDo); }
TEST_P(Compliance, Edns1nsid) { expect_badvers({.options = kNsid}); }
TEST_P(Compliance, Edns1cookie) { expect_badvers({.options = kCookie}); }
TEST_P(Compliance, Edns1expire) { expect_badvers({.options = kExpire}); }
TEST_P(Compliance, Edns1subnet) { expect_badvers({.options = kSubnetZero}); }

TEST_P(Compliance, EdnsAt512) {
  const std::string asked = question("example.com.", RRType::kDnskey);
  const std::string reply =
      server_.ask(header(0, {.additional = 1}) + asked + opt({.udp_size = 512, .flags = kDo}));
  EXPECT_LE(reply.size(), 512u);
  EXPECT_EQ(hex(reply.substr(0, 12)), hex(header(kQr | kAa, {.authority = 1, .additional = 1})));
  EXPECT_EQ(hex(reply.substr(reply.size() - 11)), hex(opt({.flags = kDo})));
}

TEST_P(Compliance, EdnsNsid) { expect_edns({.options = kNsid}, {}); }
TEST_P(Compliance, EdnsCookie) { expect_edns({.options = kCookie}, {}); }
TEST_P(Compliance, EdnsExpire) { expect_edns({.options = kExpire}, {}); }
TEST_P(Compliance, EdnsSubnet) { expect_edns({.options = kSubnetZero}, {.options = kSubnetZero}); }
TEST_P(Compliance, Optlist) {
  expect_edns({.options = kNsid + kSubnetZero + kExpire + kCookie}, {.options = kSubnetZero});
}

TEST_P(Compliance, BindsOwnQuery) {
  expect_edns({.flags = kDo, .options = kCookie}, {.flags = kDo});
}

TEST_P(Compliance, DigsOwnQuery) {
  EXPECT_EQ(hex(server_.ask(header(kRd | kAd, {.additional = 1}) + soa_question() +
                            opt({.options = kCookie}))),
            hex(header(kQr | kAa | kRd, {.answers = 1, .additional = 1}) + soa_answer() + opt()));
}

TEST_P(Compliance, TsigByAnUnknownKey) {
  const std::string algorithm(name("hmac-sha256.").wire());
  const auto tsig = [&](const std::string& mac, unsigned error) {
    const std::string data = algorithm + u16(0) + u32(1700000000) + u16(300) +
                             u16(static_cast<unsigned>(mac.size())) + mac + u16(kId) + u16(error) +
                             u16(0);
    return std::string(1, '\0') + u16(250) + u16(255) + u32(0) +
           u16(static_cast<unsigned>(data.size())) + data;
  };
  const std::string signed_query =
      header(0, {.additional = 2}) + soa_question() + opt() + tsig(std::string(32, 'm'), 0);
  EXPECT_EQ(hex(server_.ask(signed_query)),
            hex(header(kQr | 9, {.additional = 2}) + soa_question() + opt() + tsig("", 17)));
  // RFC 8945 section 5.2: a TSIG that is not last is a format error.
  EXPECT_EQ(hex(server_.ask(header(0, {.additional = 2}) + soa_question() + tsig("", 0) + opt())),
            hex(header(kQr | 1, {.additional = 1}) + soa_question() + opt()));
}

TEST_P(Compliance, ClientSubnetIsEchoedWithScopeZero) {
  const std::string subnet = option(8, std::string("\0\1\30\0\xcb\0\x71", 7));  // 203.0.113.0/24
  expect_edns({.options = subnet}, {.options = subnet});
  const std::string subnet6 =
      option(8, std::string("\0\2\70\0\x20\1\x0d\xb8\0\0\0", 11));  // 2001:db8::/56
  expect_edns({.options = subnet6}, {.options = subnet6});
}

TEST_P(Compliance, MalformedClientSubnetIsAFormatError) {
  for (const std::string& subnet : {
           std::string(),                              // empty
           std::string("\0\1\30\0\xcb\0", 6),          // an octet too few
           std::string("\0\1\30\0\xcb\0\x71\0", 8),    // and too many
           std::string("\0\1\27\0\xcb\0\x71", 7),      // a host bit
           std::string("\0\1\41\0\xcb\0\x71\1\0", 9),  // IPv4 /33
           std::string("\0\3\10\0\x20", 5),            // no such family
           std::string("\0\1\30\30\xcb\0\x71", 7),     // a scope
       }) {
    EXPECT_EQ(hex(server_.ask(header(0, {.additional = 1}) + soa_question() +
                              opt({.options = option(8, subnet)}))),
              hex(header(kQr | 1, {.additional = 1}) + soa_question() + opt()));
  }
}

TEST_P(Compliance, QdcountOtherThanOneIsAFormatError) {
  for (const unsigned questions : {0u, 2u, 65535u}) {
    EXPECT_EQ(
        hex(server_.ask(header(0, {.questions = questions}) + soa_question() + soa_question())),
        hex(header(kQr | 1, {.questions = 0})));
  }
}

TEST_P(Compliance, MalformedMessagesAreFormatErrors) {
  const std::string no_question = hex(header(kQr | 1, {.questions = 0}));
  EXPECT_EQ(hex(server_.ask(header(0))), no_question);
  EXPECT_EQ(hex(server_.ask(header(0) + soa_question().substr(0, 16))), no_question);
  EXPECT_EQ(hex(server_.ask(header(0) + kQnamePointer + u16(1) + u16(1))), no_question);
  EXPECT_EQ(hex(server_.ask(header(0) + "\x41" + std::string(70, 'a') + u32(0))), no_question);

  const std::string with_question = hex(header(kQr | 1) + soa_question());
  EXPECT_EQ(hex(server_.ask(header(0) + soa_question() + "trailing")), with_question);
  EXPECT_EQ(hex(server_.ask(header(0, {.additional = 1}) + soa_question())), with_question);
  EXPECT_EQ(hex(server_.ask(header(0, {.additional = 1}) + soa_question() + opt().substr(0, 10))),
            with_question);

  const std::string with_opt = hex(header(kQr | 1, {.additional = 1}) + soa_question() + opt());
  EXPECT_EQ(hex(server_.ask(header(0, {.additional = 2}) + soa_question() + opt() + opt())),
            with_opt);
  EXPECT_EQ(
      hex(server_.ask(header(0, {.additional = 1}) + soa_question() + opt({.options = "abc"}))),
      with_opt);
}

TEST_P(Compliance, RecordsInOtherSectionsMeanNothing) {
  const std::string extra = record(kQnamePointer, RRType::kA, 0, "abcd");
  EXPECT_EQ(hex(server_.ask(header(0, {.answers = 1, .authority = 1, .additional = 2}) +
                            soa_question() + extra + extra + extra + opt())),
            hex(header(kQr | kAa, {.answers = 1, .additional = 1}) + soa_answer() + opt()));
}

INSTANTIATE_TEST_SUITE_P(Over, Compliance, ::testing::Values(Transport::kUdp, Transport::kTcp),
                         [](const auto& transport) {
                           return transport.param == Transport::kUdp ? "Udp" : "Tcp";
                         });

}  // namespace
}  // namespace signpost::testing
