#include "dns/message_reader.h"

#include <gmock/gmock.h>

#include <random>

#include "dns/rdata.h"
#include "tests/unit/upstream/messages.h"

namespace signpost::upstream {
namespace {

using dns::MessageHead;
using dns::MessageRecord;
using dns::MessageRecords;
using dns::read_message_head;
using dns::read_message_records;
using dns::RRType;
using ::testing::HasSubstr;

const std::string kQuestion("\3www\7example\3com\0\0\1\0\1", 21);

std::string header(unsigned answers) {
  std::string octets("\x12\x34\x81\x80\0\1\0\0\0\0\0\0", 12);
  return with_u16(octets, 6, answers);
}

// A message of one answer, written by hand.
std::string message_with(const std::string& answer) { return header(1) + kQuestion + answer; }

// OWNER TYPE IN 60 with that RDATA.
std::string record(const std::string& owner, RRType type, const std::string& octets) {
  std::string fixed("\0\0\0\1\0\0\0\x3c\0\0", 10);
  fixed = with_u16(fixed, 0, static_cast<unsigned>(type));
  return owner + with_u16(fixed, 8, static_cast<unsigned>(octets.size())) + octets;
}

absl::StatusOr<MessageRecords> read(const std::string& message) {
  const auto head = read_message_head(message);
  if (!head.ok()) return head.status();
  return read_message_records(message, *head);
}

TestReply everything() {
  return {{{"www.example.com.", RRType::kCname, 60, "edge.example.net."},
           {"edge.example.net.", RRType::kMx, 30, "10 mail.edge.example.net."},
           {"edge.example.net.", RRType::kSrv, 30, "1 2 443 node.example.net."},
           {"edge.example.net.", RRType::kHttps, 30, "1 . alpn=h2 ipv4hint=192.0.2.1"},
           {"edge.example.net.", RRType::kTxt, 30, "\"a\" \"b\""},
           {"edge.example.net.", RRType::kAaaa, 30, "2001:db8::1"}},
          {kSoa}};
}

TEST(MessageReader, ReadsBackWhatTheRendererWrote) {
  const TestReply written = everything();
  const std::string message = reply_to(query_for("www.example.com.", RRType::kA).octets, written);
  const auto head = read_message_head(message);
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->id, 0xa5a5);
  EXPECT_TRUE(head->response && head->recursion_available);
  EXPECT_FALSE(head->truncated || head->authoritative);
  EXPECT_EQ(head->question.name, name("www.example.com."));
  EXPECT_EQ(head->question.type, RRType::kA);
  const auto records = read_message_records(message, *head);
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->answers.size(), written.answers.size());
  ASSERT_EQ(records->authorities.size(), 1u);
  ASSERT_EQ(records->additionals.size(), 1u);
  EXPECT_EQ(records->additionals[0].type, RRType::kOpt);
  for (std::size_t i = 0; i < written.answers.size(); ++i) {
    const MessageRecord& found = records->answers[i];
    EXPECT_EQ(found.owner, name(written.answers[i].owner));
    EXPECT_EQ(found.type, written.answers[i].type);
    EXPECT_EQ(found.rclass, dns::kClassIn);
    EXPECT_EQ(found.ttl, written.answers[i].ttl);
    EXPECT_EQ(found.rdata, rdata(found.type, written.answers[i].rdata));
  }
  EXPECT_EQ(dns::parse_soa(records->authorities[0].rdata)->minimum, 300u);
}

TEST(MessageReader, ExpandsNamesThatOughtNotToBeCompressed) {
  const std::string compressed("\0\1\0\2\1\xbb\xc0\x10", 8);  // SRV, whose target points
  const auto records = read(message_with(record("\xc0\x0c", RRType::kSrv, compressed)));
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(records->answers[0].rdata, rdata(RRType::kSrv, "1 2 443 example.com."));
}

TEST(MessageReader, KeepsRdataOfUnknownTypesAndOtherClassesAsItCame) {
  std::string chaos = record("\xc0\x0c", RRType::kA, "no address");
  chaos = with_u16(chaos, 4, 3);
  for (const std::string& answer : {record("\xc0\x0c", RRType{65280}, "\xc0\x0c"), chaos}) {
    const auto records = read(message_with(answer));
    ASSERT_TRUE(records.ok()) << records.status();
    EXPECT_EQ(answer.substr(answer.size() - records->answers[0].rdata.size()),
              records->answers[0].rdata);
  }
}

TEST(MessageReader, RefusesNamesThatDoNotEnd) {
  const std::string at_itself("\xc0\x21", 2);  // offset 33, where the record begins
  const std::string onward("\xc0\x23", 2);
  const std::string into_the_header("\xc0\x04", 2);
  const std::string label_and_back("\1a\xc0\x21", 4);
  const std::string reserved("\x41\x61\0", 3);
  const std::string cut_off("\xc0", 1);
  for (const std::string& owner :
       {at_itself, onward, into_the_header, label_and_back, reserved, cut_off}) {
    const auto records = read(message_with(record(owner, RRType::kA, "\1\2\3\4")));
    EXPECT_THAT(records.status().message(), HasSubstr("at octet 33"));
  }
}

TEST(MessageReader, RefusesANameLongerThan255Octets) {
  std::string owner;
  for (int i = 0; i < 4; ++i) owner += '\77' + std::string(63, 'x');
  EXPECT_FALSE(read(message_with(record(owner + '\0', RRType::kA, "\1\2\3\4"))).ok());
  owner.resize(3 * 64);
  owner += '\75' + std::string(61, 'x');  // 255 with the root
  EXPECT_TRUE(read(message_with(record(owner + '\0', RRType::kA, "\1\2\3\4"))).ok());
  owner.replace(3 * 64, 1, "\76x");
  EXPECT_FALSE(read(message_with(record(owner + '\0', RRType::kA, "\1\2\3\4"))).ok());
}

// Each record's name points to the one before, and each of those goes on for nearly 255 octets.
TEST(MessageReader, BoundsWhatACompressionBombCosts) {
  std::string message = header(0) + kQuestion;
  std::string longest;
  for (int i = 0; i < 119; ++i) longest += "\1a";
  std::string owner = longest + "\xc0\x0c";
  std::size_t count = 0;
  while (message.size() + 16 < 0x4000 && ++count > 0) {
    const std::size_t at = message.size();
    message += record(owner, RRType::kNs, owner.size() > 2 ? "\xc0\x0c" : owner);
    owner = {static_cast<char>(0xc0 | at >> 8), static_cast<char>(at)};
  }
  const auto start = std::chrono::steady_clock::now();
  const auto records = read(with_u16(message, 6, static_cast<unsigned>(count)));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
  EXPECT_GT(count, 1000u);
  // Chains of pointers are followed 127 times at most.
  EXPECT_THAT(records.status().message(), HasSubstr("bad name"));
}

TEST(MessageReader, RefusesRdataThatItsTypeDoesNotAllow) {
  for (const auto& [type, octets] :
       std::vector<std::pair<RRType, std::string>>{{RRType::kA, "\1\2\3"},
                                                   {RRType::kA, "\1\2\3\4\5"},
                                                   {RRType::kMx, "\1"},
                                                   {RRType::kMx, std::string("\0\1\1a", 4)},
                                                   {RRType::kCname, std::string("\xc0\x0c\0", 3)},
                                                   {RRType::kTxt, "\5abc"},
                                                   {RRType::kSoa, "\xc0\x0c\xc0\x0c"}}) {
    const auto records = read(message_with(record("\xc0\x0c", type, octets)));
    EXPECT_THAT(records.status().message(), HasSubstr("RDATA")) << dns::to_text(type);
  }
}

TEST(MessageReader, RefusesEveryMessageThatIsCutOff) {
  const std::string message =
      reply_to(query_for("www.example.com.", RRType::kA).octets, everything());
  ASSERT_TRUE(read(message).ok());
  for (std::size_t size = 0; size < message.size(); ++size)
    EXPECT_FALSE(read(message.substr(0, size)).ok()) << size;
}

TEST(MessageReader, RefusesMessagesWithoutOrWithSeveralQuestions) {
  const std::string message = message_with(record("\xc0\x0c", RRType::kA, "\1\2\3\4"));
  ASSERT_TRUE(read(message).ok());
  EXPECT_FALSE(read(with_u16(message, 4, 0)).ok());
  EXPECT_FALSE(read(with_u16(message, 4, 2)).ok());
}

TEST(MessageReader, GivesOnlyValidRdataHoweverAMessageIsChanged) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::string original =
      reply_to(query_for("www.example.com.", RRType::kA).octets, everything());
  std::size_t read_well = 0;
  for (int i = 0; i < 5'000; ++i) {
    std::string message = original;
    for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes)
      message[random() % message.size()] = static_cast<char>(random());
    const auto records = read(message);
    if (!records.ok()) continue;
    ++read_well;
    for (const MessageRecord& answer : records->answers) {
      EXPECT_TRUE(answer.rclass != dns::kClassIn ||
                  dns::check_rdata(answer.type, answer.rdata).ok());
    }
  }
  EXPECT_GT(read_well, 100u);
}

}  // namespace
}  // namespace signpost::upstream
