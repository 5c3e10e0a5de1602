#include "forward/answer.h"

#include <gmock/gmock.h>

#include "tests/unit/upstream/messages.h"

namespace signpost::forward {
namespace {

using dns::RRType;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using upstream::kSoa;
using upstream::TestReply;

absl::StatusOr<Answer> answer_to(RRType type, const TestReply& reply) {
  return read_answer(
      upstream::reply_to(upstream::query_for("www.example.com.", type).octets, reply));
}

TEST(ForwardAnswer, LivesForTheLeastTtl) {
  const auto answer = answer_to(
      RRType::kA, {.answers = {{"www.example.com.", RRType::kCname, 60, "host.example.com."},
                               {"host.example.com.", RRType::kA, 30, "192.0.2.1"}},
                   .authorities = {{"example.com.", RRType::kNs, 20, "ns1.example.com."}}});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->life, seconds(20));
  EXPECT_THAT(answer->records.answers, SizeIs(2));
}

TEST(ForwardAnswer, LivesForADayAtMost) {
  const auto answer =
      answer_to(RRType::kA, {.answers = {{"www.example.com.", RRType::kA, 604'800, "192.0.2.1"}}});
  EXPECT_EQ(answer->life, seconds(86'400));
}

// RFC 2308 section 5: the lesser of the SOA's TTL and MINIMUM.
TEST(ForwardAnswer, LivesAsTheSoaSaysWhereThereIsNoSuchRecord) {
  EXPECT_EQ(answer_to(RRType::kA, {.authorities = {kSoa}})->life, seconds(300));
  EXPECT_EQ(answer_to(RRType::kA, {.authorities = {kSoa}, .rcode = 3})->life, seconds(300));
  const TestReply chain{.answers = {{"www.example.com.", RRType::kCname, 60, "x.example.com."}},
                        .authorities = {kSoa},
                        .rcode = 3};
  EXPECT_EQ(answer_to(RRType::kA, chain)->life, seconds(60));
}

TEST(ForwardAnswer, IsNotKeptIfNothingSaysForHowLong) {
  EXPECT_EQ(answer_to(RRType::kA, {.rcode = 3})->life, seconds(0));
  EXPECT_EQ(answer_to(RRType::kA,
                      {.answers = {{"www.example.com.", RRType::kA, 0x8000'0001u, "192.0.2.1"}}})
                ->life,
            seconds(0));
}

TEST(ForwardAnswer, IsNoneWhereAnotherServerMayKnow) {
  for (const unsigned rcode : {1u, 2u, 4u, 5u}) {
    const auto answer = answer_to(RRType::kA, {.rcode = rcode});
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr("it answers ")) << rcode;
  }
  EXPECT_FALSE(read_answer("no DNS message").ok());
}

}  // namespace
}  // namespace signpost::forward
