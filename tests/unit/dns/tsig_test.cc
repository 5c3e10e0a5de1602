#include "dns/tsig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "dns/message_reader.h"
#include "dns/octets.h"

namespace signpost::dns {
namespace {

// Made by dnspython 2.3: queries for the AXFR of example.com signed by the key Xfr.Example, whose
// secret is the octets 0 to 31, at kTime, and three messages that reply to the first, each signed.
constexpr std::uint64_t kTime = 1'700'000'000;
constexpr std::string_view kQuery256 =
    "123400000001000000000001076578616d706c6503636f6d0000fc000103586672074578616d706c6500"
    "00fa00ff00000000003d0b686d61632d7368613235360000006553f100012c002085c12dc7b0a8fa2c08"
    "ff6dcdca48335bf6fed57a0c87a1612d9f327619a73818123400000000";
constexpr std::string_view kQuery384 =
    "123400000001000000000001076578616d706c6503636f6d0000fc000103586672074578616d706c6500"
    "00fa00ff00000000004d0b686d61632d7368613338340000006553f100012c0030c53c1ebcf957ec3db5"
    "ffed05bae9df3bf80fe2b3027ddd8374d1f9346730d3a7d210b807c1d5109d4e557c8682ac561c123400"
    "000000";
constexpr std::string_view kQuery512 =
    "123400000001000000000001076578616d706c6503636f6d0000fc000103586672074578616d706c6500"
    "00fa00ff00000000005d0b686d61632d7368613531320000006553f100012c0040b30b0bff9afed67f5e"
    "9a05efa7a8bb8a6e9a936ee200a2e3a5bc52995043f1ef30f9073e717f151fb183213e247f28a7246a18"
    "711a2560a42f9ec287b9944745123400000000";
constexpr std::string_view kReplies[] = {
    "123484000001000100000001076578616d706c6503636f6d0000fc0001c00c001000010000012c000201"
    "3003586672074578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006553f1"
    "00012c0020c317f36d12b83f7271f387121e5e6743939f9a19a82be695b46fe5860cb57bcd1234000000"
    "00",
    "123484000001000100000001076578616d706c6503636f6d0000fc0001c00c001000010000012c000201"
    "3103586672074578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006553f1"
    "00012c00201ad667d8486e208b483602dc253456a975689e0f678201d8cab49ee84de1b4711234000000"
    "00",
    "123484000001000100000001076578616d706c6503636f6d0000fc0001c00c001000010000012c000201"
    "3203586672074578616d706c650000fa00ff00000000003d0b686d61632d7368613235360000006553f1"
    "00012c0020523022d4d3f0511766463f56451c4f074eeaaa2072125ea26e2aa099f87538a21234000000"
    "00",
};

Name name(std::string_view text) { return Name::parse(text).value(); }

std::string octets(std::string_view hex) {
  return absl::HexStringToBytes({hex.data(), hex.size()});
}

TsigKey key(TsigAlgorithm algorithm = TsigAlgorithm::kHmacSha256) {
  std::string secret;
  for (char octet = 0; octet < 32; ++octet) secret += octet;
  return {name("xfr.example."), algorithm, secret};
}

TsigKeys keys(const TsigKey& one) { return {{one.name, one}}; }

// The TSIG that ends a message, if there is one.
std::optional<Tsig> tsig_of(std::string_view message) {
  const auto head = read_message_head(message);
  const auto records = head.ok() ? read_message_records(message, *head) : head.status();
  if (!records.ok() || records->additionals.empty()) return std::nullopt;
  const MessageRecord& last = records->additionals.back();
  return last.type == RRType::kTsig ? read_tsig(last.owner, last.rdata, last.at) : std::nullopt;
}

// The message as it was before it was signed.
std::string unsigned_message(std::string_view message) {
  std::string octets(message.substr(0, tsig_of(message).value().at));
  store_u16(octets, 10, load_u16(octets, 10) - 1u);
  return octets;
}

TsigError verdict(const std::string& message, std::uint64_t now = kTime) {
  return verify_tsig(message, tsig_of(message).value(), keys(key()), now).error;
}

// The query under another MAC.
std::string with_mac(const std::string& mac) {
  Tsig tsig = tsig_of(octets(kQuery256)).value();
  std::string rdata(tsig.algorithm.wire());
  append_uint(rdata, tsig.time, 6);
  append_u16(rdata, tsig.fudge);
  append_u16(rdata, mac.size());
  rdata += mac;
  append_u16(rdata, tsig.original_id);
  append_u32(rdata, 0);
  std::string message =
      octets(kQuery256).substr(0, tsig.at) + std::string(name("Xfr.Example.").wire());
  append_u16(message, 250);
  append_u16(message, 255);
  append_u32(message, 0);
  append_u16(message, rdata.size());
  return message + rdata;
}

std::string mac() { return tsig_of(octets(kQuery256)).value().mac; }

struct Vector {
  TsigAlgorithm algorithm;
  std::string_view query;
};
const std::vector<Vector> kVectors = {{TsigAlgorithm::kHmacSha256, kQuery256},
                                      {TsigAlgorithm::kHmacSha384, kQuery384},
                                      {TsigAlgorithm::kHmacSha512, kQuery512}};

TEST(Tsig, VerifiesWhatAnotherImplementationSignedByEachAlgorithm) {
  for (const Vector& vector : kVectors) {
    const std::string message = octets(vector.query);
    const TsigVerdict verdict =
        verify_tsig(message, tsig_of(message).value(), keys(key(vector.algorithm)), kTime + 300);
    EXPECT_EQ(verdict.error, TsigError::kNone) << to_text(vector.algorithm);
  }
}

TEST(Tsig, SignsAsAnotherImplementationDoesButForTheCaseOfTheKeysName) {
  for (const Vector& vector : kVectors) {
    std::string message = unsigned_message(octets(vector.query));
    TsigSigner signer(key(vector.algorithm));
    append_tsig(message, signer, kTime);
    const std::string expected = octets(vector.query);
    EXPECT_EQ(message.size(), expected.size());
    EXPECT_TRUE(std::equal(message.begin(), message.end(), expected.begin(), [](char a, char b) {
      return a == b || (a == 'x' && b == 'X') || (a == 'e' && b == 'E');
    })) << to_text(vector.algorithm);
  }
}

TEST(Tsig, EachMessageOfATransferCoversTheOneBefore) {
  TsigSigner signer(key(), mac());
  for (const std::string_view reply : kReplies) {
    const std::string expected = octets(reply);
    std::string message = unsigned_message(expected);
    append_tsig(message, signer, kTime);
    EXPECT_EQ(tsig_of(message).value().mac, tsig_of(expected).value().mac);
  }
}

TEST(Tsig, RefusesAnAlteredMessageAnotherSecretAndAnotherTime) {
  std::string altered = octets(kQuery256);
  altered[3] = 1;
  EXPECT_EQ(verdict(altered), TsigError::kBadSig);
  const std::string message = octets(kQuery256);
  TsigKey other = key();
  other.secret[0] = 'x';
  EXPECT_EQ(verify_tsig(message, tsig_of(message).value(), keys(other), kTime).error,
            TsigError::kBadSig);
  EXPECT_EQ(verdict(message, kTime + 301), TsigError::kBadTime);
  EXPECT_EQ(verdict(message, kTime - 301), TsigError::kBadTime);
}

TEST(Tsig, KnowsAKeyByNameAndAlgorithm) {
  const std::string message = octets(kQuery256);
  const Tsig tsig = tsig_of(message).value();
  EXPECT_EQ(verify_tsig(message, tsig, {}, kTime).error, TsigError::kBadKey);
  EXPECT_EQ(verify_tsig(message, tsig, keys(key(TsigAlgorithm::kHmacSha512)), kTime).error,
            TsigError::kBadKey);
  TsigKey renamed = key();
  renamed.name = name("other.example.");
  EXPECT_EQ(verify_tsig(message, tsig, keys(renamed), kTime).error, TsigError::kBadKey);
}

TEST(Tsig, TheIdThatAForwarderChangedDoesNotMatter) {
  std::string message = octets(kQuery256);
  message[0] = message[1] = 'x';
  EXPECT_EQ(verdict(message), TsigError::kNone);
}

TEST(Tsig, RefusesATruncatedMacAndTellsItFromAnImpossibleOne) {
  EXPECT_EQ(verdict(with_mac(mac())), TsigError::kNone);
  EXPECT_EQ(verdict(with_mac(mac().substr(0, 31))), TsigError::kBadTrunc);
  EXPECT_EQ(verdict(with_mac(mac().substr(0, 16))), TsigError::kBadTrunc);
  EXPECT_EQ(verdict(with_mac(std::string(16, 'x'))), TsigError::kBadSig);
  EXPECT_EQ(tsig_of(with_mac(mac().substr(0, 15))), std::nullopt);
  EXPECT_EQ(tsig_of(with_mac(mac() + "x")), std::nullopt);
  EXPECT_EQ(verdict(with_mac("")), TsigError::kBadSig);
}

TEST(Tsig, RdataThatIsCutOffAnywhereIsNoTsig) {
  const std::string message = octets(kQuery256);
  const auto records = read_message_records(message, read_message_head(message).value()).value();
  const std::string rdata = records.additionals.back().rdata;
  ASSERT_TRUE(read_tsig(Name(), rdata, 0));
  for (std::size_t size = 0; size < rdata.size(); ++size)
    EXPECT_FALSE(read_tsig(Name(), std::string_view(rdata).substr(0, size), 0)) << size;
  EXPECT_FALSE(read_tsig(Name(), rdata + "x", 0));
}

TEST(Tsig, TheReplyToATimeThatIsOffIsSignedByTheClientsTimeAndTellsOurs) {
  const std::string request = octets(kQuery256);
  const Tsig tsig = tsig_of(request).value();
  std::string reply = unsigned_message(request);
  TsigSigner signer(key(), tsig.mac);
  reply += signer.error_record(reply, tsig, TsigError::kBadTime, kTime + 1000);
  store_u16(reply, 10, 1);
  const Tsig told = tsig_of(reply).value();
  EXPECT_EQ(told.error, 18u);
  EXPECT_EQ(told.time, kTime);
  EXPECT_EQ(load_uint(told.other, 0, 6), kTime + 1000);
  EXPECT_EQ(told.other.size(), 6u);
  TsigReplyVerifier verifier(key(), tsig.mac);
  EXPECT_TRUE(verifier.accept(reply, told, kTime));
}

TEST(Tsig, AnErrorAboutTheKeyIsNotSigned) {
  const Tsig request = tsig_of(octets(kQuery256)).value();
  std::string reply =
      unsigned_message(octets(kQuery256)) + unsigned_tsig(request, TsigError::kBadKey);
  store_u16(reply, 10, 1);
  const Tsig told = tsig_of(reply).value();
  EXPECT_EQ(told.error, 17u);
  EXPECT_EQ(told.mac, "");
  EXPECT_EQ(told.key, name("xfr.example."));
}

class Replies : public ::testing::Test {
 protected:
  bool accept(const std::string& message) {
    return verifier_.accept(message, tsig_of(message), kTime);
  }
  std::string reply(std::size_t i) { return octets(kReplies[i]); }

  TsigReplyVerifier verifier_{key(), mac()};
};

TEST_F(Replies, AreAcceptedInTheirOrderAlone) {
  EXPECT_TRUE(accept(reply(0)));
  EXPECT_TRUE(accept(reply(1)));
  EXPECT_TRUE(accept(reply(2)));
  EXPECT_TRUE(verifier_.complete());
  EXPECT_FALSE(accept(reply(1)));
}

TEST_F(Replies, MayHaveMessagesWithoutSignatureBetweenTwoThatCoverThem) {
  TsigSigner signer(key(), mac());
  std::string first = unsigned_message(reply(0));
  append_tsig(first, signer, kTime);
  EXPECT_TRUE(accept(first));
  const std::string between = unsigned_message(reply(1));
  EXPECT_TRUE(accept(between));
  EXPECT_FALSE(verifier_.complete());
  EXPECT_FALSE(accept(reply(2))) << "its signature does not cover the one between";
}

TEST_F(Replies, BeginWithASignature) { EXPECT_FALSE(accept(unsigned_message(reply(0)))); }

TEST_F(Replies, HaveASignatureAtLeastEveryHundredMessages) {
  EXPECT_TRUE(accept(reply(0)));
  const std::string plain = unsigned_message(reply(1));
  for (int i = 0; i < 99; ++i) EXPECT_TRUE(accept(plain)) << i;
  EXPECT_FALSE(accept(plain));
}

}  // namespace
}  // namespace signpost::dns
