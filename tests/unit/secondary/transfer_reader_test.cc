#include "secondary/transfer_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/secondary/primary_messages.h"

namespace signpost::secondary {
namespace {

using dns::RRType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kMuch = std::size_t{1} << 20;

// What the messages come to: "" where the transfer is not complete behind the last.
struct Outcome {
  absl::Status status;
  bool complete = false;
  Transfer transfer;
};

Outcome read(const SentQuery& query, const std::vector<std::string>& messages,
             std::size_t octets_max = kMuch) {
  TransferReader reader(query, octets_max);
  Outcome outcome;
  for (const std::string& message : messages) {
    const absl::StatusOr<bool> last = reader.take(message, kNow);
    outcome.status = last.status();
    if (!last.ok()) return outcome;
    outcome.complete = *last;
  }
  outcome.transfer = reader.result();
  return outcome;
}

std::string error(const SentQuery& query, const std::vector<std::vector<TestRecord>>& messages) {
  std::vector<std::string> octets;
  for (const std::vector<TestRecord>& records : messages)
    octets.push_back(reply(query.octets, records));
  return std::string(read(query, octets).status.message());
}

// Signs a reply to `query` and what has come before it.
std::string with_signature(std::string message, dns::TsigSigner& signer) {
  dns::append_tsig(message, signer, kNow);
  return message;
}

TEST(TransferReader, TakesAWholeZoneFromSeveralMessages) {
  const SentQuery query = axfr();
  const Outcome outcome =
      read(query, {reply(query.octets, {soa(5), ns()}),
                   reply(query.octets, {address("www.example.com.", "192.0.2.1")}),
                   reply(query.octets, {address("Mail.example.com.", "192.0.2.2"), soa(5)})});
  ASSERT_TRUE(outcome.complete) << outcome.status;
  EXPECT_EQ(outcome.transfer.kind, TransferKind::kWhole);
  EXPECT_EQ(outcome.transfer.apex, name("example.com."));
  EXPECT_THAT(text_of(outcome.transfer.soa),
              HasSubstr("900 SOA ns1.example.com. hostmaster.example.com. 5 "));
  EXPECT_THAT(texts_of(outcome.transfer.records),
              ElementsAre("example.com. 300 NS ns1.example.com.", "www.example.com. 60 A 192.0.2.1",
                          "Mail.example.com. 60 A 192.0.2.2"));
}

TEST(TransferReader, TakesMessagesWithoutAQuestionBehindTheFirst) {
  const SentQuery query = axfr();
  const std::string whole_names =
      query.octets.substr(0, 2) + std::string("\x84\0\0\0\0\1\0\0\0\0", 10) +
      "\3www\7example\3com" + std::string("\0\0\1\0\1\0\0\0\74\0\4\300\0\2\1", 15);
  const Outcome outcome = read(
      query, {reply(query.octets, {soa(5), ns()}), whole_names, reply(query.octets, {soa(5)})});
  ASSERT_TRUE(outcome.complete) << outcome.status;
  EXPECT_EQ(texts_of(outcome.transfer.records).back(), "www.example.com. 60 A 192.0.2.1");
}

TEST(TransferReader, WaitsForTheSoaAtTheEnd) {
  const SentQuery query = axfr();
  EXPECT_FALSE(read(query, {reply(query.octets, {soa(5), ns()})}).complete);
}

TEST(TransferReader, TakesSeveralDifferences) {
  const SentQuery query = ixfr(5);
  const Outcome outcome = read(
      query,
      {reply(query.octets, {soa(7), soa(5), address("www.example.com.", "192.0.2.1"), soa(6),
                            address("www.example.com.", "192.0.2.2")}),
       reply(query.octets, {soa(6), soa(7), address("new.example.com.", "192.0.2.3"), soa(7)})});
  ASSERT_TRUE(outcome.complete) << outcome.status;
  EXPECT_EQ(outcome.transfer.kind, TransferKind::kIncremental);
  EXPECT_EQ(outcome.transfer.from_serial, 5u);
  EXPECT_THAT(text_of(outcome.transfer.soa), HasSubstr(" 7 7200 "));
  ASSERT_EQ(outcome.transfer.differences.size(), 2u);
  const Difference& first = outcome.transfer.differences[0];
  EXPECT_THAT(texts_of(first.removed), ElementsAre("www.example.com. 60 A 192.0.2.1"));
  EXPECT_THAT(texts_of(first.added), ElementsAre("www.example.com. 60 A 192.0.2.2"));
  const Difference& second = outcome.transfer.differences[1];
  EXPECT_THAT(texts_of(second.removed), IsEmpty());
  EXPECT_THAT(texts_of(second.added), ElementsAre("new.example.com. 60 A 192.0.2.3"));
}

TEST(TransferReader, TakesTheWholeZoneInThePlaceOfDifferences) {
  const SentQuery query = ixfr(5);
  const Outcome outcome = read(query, {reply(query.octets, {soa(7), ns(), soa(7)})});
  ASSERT_TRUE(outcome.complete) << outcome.status;
  EXPECT_EQ(outcome.transfer.kind, TransferKind::kWhole);
  EXPECT_EQ(outcome.transfer.records.size(), 1u);
}

TEST(TransferReader, SeesThatTheZoneIsTheNewest) {
  for (const std::uint32_t serial : {5u, 4u}) {
    const SentQuery query = ixfr(5);
    const Outcome outcome = read(query, {reply(query.octets, {soa(serial)})});
    ASSERT_TRUE(outcome.complete) << outcome.status;
    EXPECT_EQ(outcome.transfer.kind, TransferKind::kUpToDate);
  }
  // The rest is yet to come.
  const SentQuery query = ixfr(5);
  EXPECT_FALSE(read(query, {reply(query.octets, {soa(6)})}).complete);
}

TEST(TransferReader, RefusesRecordsOutOfOrder) {
  EXPECT_EQ(error(axfr(), {{ns(), soa(5)}}), "its transfer does not begin with the SOA record");
  EXPECT_EQ(error(axfr(), {{soa(5), ns(), soa(6)}}),
            "its transfer begins with serial 5 and ends with 6");
  EXPECT_EQ(error(axfr(), {{soa(5), ns(), soa(5), ns()}}), "its transfer goes on behind its end");
  EXPECT_EQ(error(axfr(), {{soa(5), ns()}, {}}), "a message of its transfer is empty");
  EXPECT_EQ(error(ixfr(5), {{soa(7), soa(4)}}),
            "a difference begins with serial 4 in the place of 5");
  EXPECT_EQ(error(ixfr(5), {{soa(7), soa(5), soa(6), soa(5)}}),
            "a difference begins with serial 5 in the place of 6");
  EXPECT_EQ(error(ixfr(5), {{soa(7), soa(5), soa(7), ns(), soa(8)}}),
            "its differences lead to serial 7 and are followed by 8");
}

TEST(TransferReader, RefusesWhatIsNotTheReply) {
  const SentQuery query = axfr();
  const std::string good = reply(query.octets, {soa(5), ns(), soa(5)});
  std::string other_id = good;
  other_id[0] ^= 1;
  EXPECT_EQ(read(query, {other_id}).status.message(), "what it sent is not the reply");
  std::string truncated = good;
  truncated[2] |= 2;
  EXPECT_EQ(read(query, {truncated}).status.message(), "its reply is truncated");
  std::string refused = good;
  refused[3] = 5;
  EXPECT_EQ(read(query, {refused}).status.message(), "it replies REFUSED");
  const SentQuery other =
      make_query(name("example.net."), RRType::kAxfr, std::nullopt, std::nullopt, kNow);
  EXPECT_EQ(read(query, {query.octets.substr(0, 2) + reply(other.octets, {soa(5)}).substr(2)})
                .status.message(),
            "what it sent is not the reply");
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(read(query, {good.substr(0, size)}).status.ok()) << size;
}

TEST(TransferReader, LeavesOutWhatIsNoneOfTheZoneAndWhatASignerMade) {
  const SentQuery query = axfr();
  const Outcome outcome = read(
      query, {reply(query.octets, {soa(5),
                                   ns(),
                                   address("ns.example.net.", "192.0.2.53"),
                                   {"example.com.", RRType::kRrsig, 60,
                                    "A 13 2 60 20300101000000 20200101000000 1 example.com. AAAA"},
                                   {"example.com.", RRType::kNsec3param, 60, "1 0 0 -"},
                                   {"odd.example.com.", RRType{65280}, 60, "\\# 2 abcd"},
                                   soa(5)})});
  ASSERT_TRUE(outcome.complete) << outcome.status;
  EXPECT_EQ(outcome.transfer.left_out, 3u);
  EXPECT_THAT(texts_of(outcome.transfer.records),
              ElementsAre("example.com. 300 NS ns1.example.com.",
                          "odd.example.com. 60 TYPE65280 \\# 2 abcd"));
}

TEST(TransferReader, EndsWhatIsTooLarge) {
  const SentQuery query = axfr();
  std::vector<TestRecord> records{soa(5)};
  for (int i = 0; i < 100; ++i)
    records.push_back(address(absl::StrCat("n", i, ".example.com."), "192.0.2.1"));
  const std::string message = reply(query.octets, records);
  // A record takes 31 to 32 octets.
  EXPECT_TRUE(read(query, {message}, 3200).status.ok());
  const absl::Status status = read(query, {message}, 2000).status;
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("raise max_mebibytes"));
}

TEST(TransferReader, CountsALargeTtlAsNone) {
  const SentQuery query = axfr();
  const Outcome outcome = read(
      query, {reply(query.octets,
                    {soa(5), {"www.example.com.", RRType::kA, 0x80000000, "192.0.2.1"}, soa(5)})});
  EXPECT_EQ(outcome.transfer.records.at(0).ttl, 0u);
}

class SignedTransfer : public ::testing::Test {
 protected:
  std::vector<std::string> messages() {
    return {reply(query_.octets, {soa(5), ns()}),
            reply(query_.octets, {address("www.example.com.", "192.0.2.1")}),
            reply(query_.octets, {soa(5)})};
  }
  // Signs the messages whose place is in `which`; a signature covers those before it without one.
  std::vector<std::string> sign(const std::vector<bool>& which, const dns::TsigKey& by = key()) {
    dns::TsigSigner signer(by, query_.mac);
    std::vector<std::string> all = messages();
    for (std::size_t i = 0; i < all.size(); ++i)
      if (which[i]) all[i] = with_signature(all[i], signer);
    return all;
  }

  const SentQuery query_ = axfr(key());
};

TEST_F(SignedTransfer, IsGoodIfAllMessagesAreSigned) {
  EXPECT_TRUE(read(query_, sign({true, true, true})).complete);
}

TEST_F(SignedTransfer, HasToBeSignedFromTheFirstToTheLastMessage) {
  EXPECT_EQ(read(query_, messages()).status.message(), "its reply is not signed");
  EXPECT_EQ(read(query_, sign({true, true, false})).status.message(),
            "the last message of its transfer is not signed");
  EXPECT_TRUE(absl::IsPermissionDenied(read(query_, sign({false, true, true})).status));
}

TEST_F(SignedTransfer, WithAnotherSecretIsRefused) {
  EXPECT_EQ(read(query_, sign({true, true, true}, key('x'))).status.message(),
            "the signature of its reply is wrong");
}

TEST_F(SignedTransfer, IsRefusedIfAnyMessageWasAlteredOrLeftOut) {
  std::vector<std::string> altered = sign({true, true, true});
  const std::size_t at = altered[1].find(std::string("\300\0\2\1", 4));
  ASSERT_NE(at, std::string::npos);
  altered[1][at + 3] = 2;  // 192.0.2.2
  EXPECT_EQ(read(query_, altered).status.message(), "the signature of its reply is wrong");
  std::vector<std::string> shortened = sign({true, true, true});
  shortened.erase(shortened.begin() + 1);
  EXPECT_EQ(read(query_, shortened).status.message(), "the signature of its reply is wrong");
}

TEST_F(SignedTransfer, TellsWhatThePrimarySaysOfOurSignature) {
  const dns::MessageRecords sent =
      dns::read_message_records(query_.octets, *dns::read_message_head(query_.octets)).value();
  const auto said = [&](dns::TsigError error) {
    std::string message = upstream::reply_to(query_.octets, {.rcode = 9});
    message += dns::unsigned_tsig(*dns::find_tsig(sent), error);
    message[11] = 2;  // beside OPT
    return std::string(read(query_, {message}).status.message());
  };
  EXPECT_EQ(said(dns::TsigError::kBadKey), "it does not know our TSIG key");
  EXPECT_EQ(said(dns::TsigError::kBadSig), "it has another secret for our TSIG key");
  EXPECT_EQ(said(dns::TsigError::kBadTime), "its clock and ours are more than 300 s apart");
  EXPECT_EQ(read(query_, {upstream::reply_to(query_.octets, {.rcode = 5})}).status.message(),
            "it replies REFUSED, unsigned");
}

TEST(SoaReply, HasTheSoaOfTheZone) {
  const SentQuery query =
      make_query(name("example.com."), RRType::kSoa, std::nullopt, std::nullopt, kNow);
  EXPECT_EQ(read_soa_reply(query, reply(query.octets, {soa(9)}), kNow)->serial, 9u);
  EXPECT_EQ(read_soa_reply(query, reply(query.octets, {}), kNow).status().message(),
            "it does not have the zone");
  EXPECT_EQ(read_soa_reply(query, upstream::reply_to(query.octets, {.answers = {soa(9)}}), kNow)
                .status()
                .message(),
            "it is not authoritative for the zone");
}

}  // namespace
}  // namespace signpost::secondary
