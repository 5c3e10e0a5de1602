// Transaction signatures of queries and replies, whole messages at both ends.
#include <gtest/gtest.h>

#include "tests/unit/server/asking.h"
#include "tests/unit/server/transfer_support.h"

namespace signpost::testing {
namespace {

using dns::RRType;

class Signed : public ::testing::Test {
 protected:
  Signed() { server_.zones = served({}); }

  std::string ask(const std::string& message) { return server_.ask(message); }
  std::string ask_signed(const std::string& message, std::uint64_t at) {
    return ask(signed_query(message, key_, at, &mac_));
  }
  bool is_signed_reply(const std::string& reply) {
    dns::TsigReplyVerifier verifier(key_, mac_);
    return verifier.accept(reply, tsig_of(reply), server_.unix);
  }
  // The reply without its signature.
  std::string plain(std::string reply) {
    reply.resize(tsig_of(reply).value().at);
    dns::store_u16(reply, 10, dns::load_u16(reply, 10) - 1u);
    return reply;
  }

  Asking server_;
  dns::TsigKey key_ = tsig_key();
  std::string mac_;
};

TEST_F(Signed, QueriesGetTheSameReplySigned) {
  const std::string asked = edns_query("www.example.com.", RRType::kA);
  const std::string reply = ask_signed(asked, server_.unix + 300);
  EXPECT_TRUE(is_signed_reply(reply));
  EXPECT_EQ(hex(plain(reply)), hex(ask(asked)));
}

TEST_F(Signed, QueriesByAnUnknownKeyAreNotAuthenticAndTheReplyIsNotSigned) {
  key_.name = name("other.example.");
  const std::string reply = ask_signed(query("www.example.com.", RRType::kA), server_.unix);
  EXPECT_EQ(hex(plain(reply)), hex(header(kQr | 9) + question("www.example.com.", RRType::kA)));
  EXPECT_EQ(tsig_of(reply)->error, 17u);
  EXPECT_EQ(tsig_of(reply)->mac, "");
}

TEST_F(Signed, QueriesByAnotherSecretAreNotAuthenticAndTheReplyIsNotSigned) {
  key_.secret[0] = 'x';
  const std::string reply = ask_signed(query("www.example.com.", RRType::kA), server_.unix);
  EXPECT_EQ(hex(plain(reply)), hex(header(kQr | 9) + question("www.example.com.", RRType::kA)));
  EXPECT_EQ(tsig_of(reply)->error, 16u);
  EXPECT_EQ(tsig_of(reply)->mac, "");
}

TEST_F(Signed, QueriesOfAnotherTimeAreToldOursUnderASignature) {
  for (const std::int64_t off : {-301, 301}) {
    const std::uint64_t at = server_.unix + static_cast<std::uint64_t>(off);
    const std::string reply = ask_signed(query("www.example.com.", RRType::kA), at);
    EXPECT_EQ(hex(plain(reply)), hex(header(kQr | 9) + question("www.example.com.", RRType::kA)));
    const dns::Tsig tsig = tsig_of(reply).value();
    EXPECT_EQ(tsig.error, 18u);
    EXPECT_EQ(tsig.time, at);
    EXPECT_EQ(dns::load_uint(tsig.other, 0, 6), server_.unix);
    dns::TsigReplyVerifier verifier(key_, mac_);
    EXPECT_TRUE(verifier.accept(reply, tsig, at));
  }
}

TEST_F(Signed, ARecordOfAnotherClassIsAFormatError) {
  std::string message = signed_query(query("www.example.com.", RRType::kA), key_, server_.unix);
  const std::size_t at = tsig_of(message)->at + key_.name.wire().size() + 2;
  message[at] = 0;
  message[at + 1] = 1;
  EXPECT_EQ(hex(ask(message)), hex(header(kQr | 1) + question("www.example.com.", RRType::kA)));
}

TEST_F(Signed, RepliesThatAreCutOffAreSignedToo) {
  const std::string reply = ask_signed(query("big.example.com.", RRType::kTxt), server_.unix);
  EXPECT_TRUE(is_signed_reply(reply));
  EXPECT_EQ(hex(plain(reply)),
            hex(header(kQr | kAa | kTc) + question("big.example.com.", RRType::kTxt)));
}

TEST_F(Signed, RepliesLeaveRoomForTheSignature) {
  // Four texts of 200 octets: they fit into 1,232 octets alone, and with a signature.
  const std::string whole =
      ask_signed(edns_query("middle.example.com.", RRType::kTxt, {.udp_size = 1232}), server_.unix);
  EXPECT_TRUE(is_signed_reply(whole));
  EXPECT_EQ(dns::read_message_head(whole)->answers, 4u);
  const std::size_t least = plain(whole).size();
  const std::string cut = ask_signed(edns_query("middle.example.com.", RRType::kTxt,
                                                {.udp_size = static_cast<unsigned>(least) + 10}),
                                     server_.unix);
  EXPECT_TRUE(is_signed_reply(cut));
  EXPECT_TRUE(dns::read_message_head(cut)->truncated);
  EXPECT_LE(cut.size(), least + 10);
}

}  // namespace
}  // namespace signpost::testing
