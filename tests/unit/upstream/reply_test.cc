#include "upstream/reply.h"

#include <gmock/gmock.h>

#include "tests/unit/upstream/messages.h"

namespace signpost::upstream {
namespace {

using dns::RRType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kFirst("\xc0\x00\x02\x01", 4);   // 192.0.2.1
const std::string kSecond("\xc0\x00\x02\x02", 4);  // 192.0.2.2

absl::StatusOr<Resolution> read(const Query& query, const std::string& message) {
  return read_reply(message, dns::read_message_head(message).value(), query);
}

absl::StatusOr<Resolution> resolve(const TestReply& reply, RRType type = RRType::kA) {
  const Query query = query_for("www.example.com.", type);
  return read(query, reply_to(query.octets, reply));
}

// www.example.com to chain1.example.com and so on; the last has the address.
TestReply chain_of(int cnames) {
  TestReply reply;
  std::string at = "www.example.com.";
  for (int i = 1; i <= cnames; ++i) {
    const std::string next = "chain" + std::to_string(i) + ".example.com.";
    reply.answers.push_back({at, RRType::kCname, 60, next});
    at = next;
  }
  reply.answers.push_back({at, RRType::kA, 60, "192.0.2.1"});
  return reply;
}

void expect_refused(const absl::StatusOr<Resolution>& found, const char* why) {
  EXPECT_EQ(found.status().code(), absl::StatusCode::kUnavailable) << found.status();
  EXPECT_THAT(found.status().message(), HasSubstr(why));
}

TEST(Reply, GivesItsRecordsSortedWithTheLeastTtl) {
  const auto found = resolve({{{"www.example.com.", RRType::kA, 90, "192.0.2.2"},
                               {"WWW.example.com.", RRType::kA, 30, "192.0.2.1"},
                               {"www.example.com.", RRType::kA, 90, "192.0.2.2"},
                               {"other.example.com.", RRType::kA, 1, "192.0.2.3"}}});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->rdata, ElementsAre(kFirst, kSecond));
  EXPECT_EQ(found->ttl, 30u);
}

TEST(Reply, PutsNamesThatPointIntoTheQuestionInLowerCase) {
  const auto found =
      resolve({{{"www.example.com.", RRType::kMx, 60, "10 Mail.EXAMPLE.com."}}}, RRType::kMx);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->rdata, ElementsAre(rdata(RRType::kMx, "10 mail.example.com.")));
}

TEST(Reply, FollowsCnamesInAnyOrderWithTheLeastTtlOfAll) {
  const auto found = resolve({{{"edge.example.net.", RRType::kA, 60, "192.0.2.1"},
                               {"cdn.example.net.", RRType::kCname, 20, "edge.example.net."},
                               {"www.example.com.", RRType::kCname, 300, "CDN.example.net."}}});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->rdata, ElementsAre(kFirst));
  EXPECT_EQ(found->ttl, 20u);
}

TEST(Reply, DoesNotFollowTheCnameThatIsAsked) {
  const auto found = resolve({{{"www.example.com.", RRType::kCname, 60, "edge.example.net."},
                               {"edge.example.net.", RRType::kCname, 60, "end.example.net."}}},
                             RRType::kCname);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->rdata, ElementsAre(rdata(RRType::kCname, "edge.example.net.")));
}

TEST(Reply, FollowsSixteenCnamesAndNoMore) {
  const auto found = resolve(chain_of(16));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->rdata, ElementsAre(kFirst));
  expect_refused(resolve(chain_of(17)), "more than 16 CNAMEs");
}

TEST(Reply, RefusesCnamesThatLoopOrLeadSeveralWays) {
  expect_refused(resolve({{{"www.example.com.", RRType::kCname, 60, "www.example.com."}}}), "loop");
  TestReply loop = chain_of(3);
  loop.answers.back() = {"chain3.example.com.", RRType::kCname, 60, "chain1.example.com."};
  expect_refused(resolve(loop), "loop at chain1.example.com.");
  TestReply fork = chain_of(1);
  fork.answers.push_back({"www.example.com.", RRType::kCname, 60, "chain2.example.com."});
  expect_refused(resolve(fork), "several CNAMEs");
}

TEST(Reply, TakesNodataAndNxdomainAsNoRecordsForTheNegativeTtl) {
  TestRecord short_soa = kSoa;
  short_soa.ttl = 120;
  for (const unsigned rcode : {0u, 3u}) {
    const auto minimum = resolve({.answers = {}, .authorities = {kSoa}, .rcode = rcode});
    ASSERT_TRUE(minimum.ok()) << minimum.status();
    EXPECT_THAT(minimum->rdata, IsEmpty());
    EXPECT_EQ(minimum->ttl, 300u);
    EXPECT_EQ(resolve({.answers = {}, .authorities = {short_soa}, .rcode = rcode})->ttl, 120u);
    const auto chain =
        resolve({.answers = {{"www.example.com.", RRType::kCname, 60, "gone.example.com."}},
                 .authorities = {kSoa},
                 .rcode = rcode});
    ASSERT_TRUE(chain.ok()) << chain.status();
    EXPECT_THAT(chain->rdata, IsEmpty());
    EXPECT_EQ(chain->ttl, 60u);
  }
}

TEST(Reply, TakesANegativeReplyWithoutSoaOnlyFromAServerThatRecurses) {
  const auto found = resolve({});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->rdata, IsEmpty());
  EXPECT_EQ(found->ttl, 0u);
  TestReply reply;
  reply.recursion_available = false;
  expect_refused(resolve(reply), "does not resolve www.example.com.; configure");
  reply.answers = {{"www.example.com.", RRType::kCname, 60, "edge.example.net."}};
  expect_refused(resolve(reply), "does not resolve edge.example.net.");
  expect_refused(resolve({.answers = {},
                          .authorities = {{"com.", RRType::kNs, 60, "a.gtld-servers.example."}}}),
                 "does not resolve");
}

TEST(Reply, DoesNotTakeTheSoaOfAnotherZone) {
  TestRecord other = kSoa;
  other.owner = "example.net.";
  const auto found = resolve({.answers = {}, .authorities = {other}});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->ttl, 0u);
}

TEST(Reply, RefusesOtherRcodes) {
  const TestReply good = chain_of(0);
  for (const auto& [rcode, text] : std::vector<std::pair<unsigned, const char*>>{
           {1, "FORMERR"}, {2, "SERVFAIL"}, {5, "REFUSED"}, {9, "NOTAUTH"}, {16, "RCODE16"}}) {
    TestReply reply = good;
    reply.rcode = rcode;
    expect_refused(resolve(reply), text);
  }
  TestReply contradiction = good;
  contradiction.rcode = 3;
  expect_refused(resolve(contradiction), "NXDOMAIN beside records");
}

TEST(Reply, CountsATtlOf2To31AsZero) {
  const auto found = resolve({{{"www.example.com.", RRType::kA, 0x80000000, "192.0.2.1"}}});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->ttl, 0u);
  EXPECT_EQ(resolve({{{"www.example.com.", RRType::kA, 0x7fffffff, "192.0.2.1"}}})->ttl,
            0x7fffffffu);
}

TEST(Reply, RefusesMoreThan400Records) {
  TestReply reply;
  for (int i = 0; i < 400; ++i) {
    reply.answers.push_back({"www.example.com.", RRType::kA, 60,
                             "198.51." + std::to_string(i / 256) + "." + std::to_string(i % 256)});
  }
  EXPECT_EQ(resolve(reply)->rdata.size(), 400u);
  reply.answers.push_back({"www.example.com.", RRType::kA, 60, "192.0.2.1"});
  expect_refused(resolve(reply), "401 records");
}

TEST(Reply, RefusesAMalformedMessage) {
  const Query query = query_for("www.example.com.", RRType::kA);
  const std::string message = reply_to(query.octets, chain_of(0));
  expect_refused(read(query, with_u16(message, 6, 9)), "malformed message");
}

}  // namespace
}  // namespace signpost::upstream
