// Questions that are passed on: whose, and the replies to them.
#include <gtest/gtest.h>

#include "server/forward_request.h"
#include "tests/unit/server/asking.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using forward::AgedAnswer;
using std::chrono::seconds;

dns::Name parsed(const std::string& text) { return *dns::Name::parse(text); }

server::ServedZonesPtr with_rule(const std::string& domain, const std::string& clients) {
  auto rule = std::make_shared<model::ForwardRule>();
  rule->name = "corp";
  rule->domain = parsed(domain);
  rule->clients = {*model::Prefix::parse(clients)};
  rule->servers = {{"192.0.2.53", 53}};
  auto zones = std::make_shared<server::ServedZones>();
  zones->forward_rules = forward::Rules({rule});
  return zones;
}

dns::MessageRecord address_record(const std::string& owner, std::uint32_t ttl,
                                  const std::string& address) {
  return {.owner = parsed(owner),
          .type = RRType::kA,
          .rclass = dns::kClassIn,
          .ttl = ttl,
          .rdata = rdata(RRType::kA, address)};
}

// What the server passes on for a question; null: it replies by itself.
std::unique_ptr<server::ForwardRequest> passed_on(Asking& server, const std::string& message) {
  server.ask(message);
  return std::move(server.last.forward);
}

TEST(ForwardedQuestion, IsOneOfAnAdmittedClientThatNoZoneAnswers) {
  Asking server;
  server.zones = with_rule("corp.example.", "198.51.100.0/24");
  const auto request = passed_on(server, query("Www.corp.example.", RRType::kTxt, kRd | kCd));
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->rule->name, "corp");
  EXPECT_EQ(request->question.name.text(), "Www.corp.example.");
  EXPECT_EQ(request->question.type, RRType::kTxt);
  EXPECT_TRUE(request->question.checking_disabled);
  EXPECT_FALSE(request->question.dnssec_ok);
}

TEST(ForwardedQuestion, IsOneBelowAZoneCut) {
  Asking server;
  server.zones = with_rule("example.com.", "0.0.0.0/0");
  EXPECT_NE(passed_on(server, query("host.sub.example.com.", RRType::kA, kRd)), nullptr);
}

TEST(ForwardedQuestion, IsNoneThatAZoneAnswers) {
  Asking server;
  server.zones = with_rule("example.com.", "0.0.0.0/0");
  EXPECT_EQ(passed_on(server, query("www.example.com.", RRType::kA, kRd)), nullptr);
  EXPECT_EQ(passed_on(server, query("no.example.com.", RRType::kA, kRd)), nullptr);
}

TEST(ForwardedQuestion, IsRefusedOfEverybodyElse) {
  Asking server;
  const std::string asked = query("www.corp.example.", RRType::kA, kRd);
  const std::string refused = header(kQr | kRd | 5) + question("www.corp.example.", RRType::kA);
  EXPECT_EQ(hex(server.ask(asked)), hex(refused)) << "no rule";
  server.zones = with_rule("corp.example.", "10.0.0.0/8");
  EXPECT_EQ(hex(server.ask(asked)), hex(refused)) << "another network";
  server.zones = with_rule("corp.example.", "198.51.100.0/24");
  EXPECT_EQ(hex(server.ask(query("www.corp.example.", RRType::kA))),
            hex(header(kQr | 5) + question("www.corp.example.", RRType::kA)))
      << "no recursion desired";
}

class ForwardedReply : public ::testing::Test {
 protected:
  std::string reply_to(const std::string& message, const AgedAnswer& answer) {
    const auto request = passed_on(server_, message);
    return request ? server::forwarded_reply(*request, answer) : "not passed on";
  }

  static AgedAnswer aged(forward::Answer answer, seconds age) {
    return {std::make_shared<const forward::Answer>(std::move(answer)), age};
  }

  ForwardedReply() { server_.zones = with_rule(".", "0.0.0.0/0"); }
  Asking server_;
};

TEST_F(ForwardedReply, HasTheAnswerWithTheTtlsThatAreLeftAndTheClientsOwnQuestion) {
  forward::Answer answer;
  answer.records.answers = {address_record("www.corp.example.", 300, "192.0.2.1"),
                            address_record("www.corp.example.", 5, "192.0.2.2")};
  EXPECT_EQ(
      hex(reply_to(query("WWW.corp.example.", RRType::kA, kRd), aged(answer, seconds(10)))),
      hex(header(kQr | kRd | kRa, {.answers = 2}) + question("WWW.corp.example.", RRType::kA) +
          record(kQnamePointer, RRType::kA, 290, rdata(RRType::kA, "192.0.2.1")) +
          record(kQnamePointer, RRType::kA, 0, rdata(RRType::kA, "192.0.2.2"))));
}

TEST_F(ForwardedReply, TellsAuthenticDataToWhoUnderstandsIt) {
  forward::Answer answer;
  answer.rcode = 3;
  answer.authentic = true;
  const std::string asked = question("www.corp.example.", RRType::kA);
  EXPECT_EQ(hex(reply_to(query("www.corp.example.", RRType::kA, kRd), aged(answer, {}))),
            hex(header(kQr | kRd | kRa | 3) + asked));
  EXPECT_EQ(hex(reply_to(query("www.corp.example.", RRType::kA, kRd | kAd), aged(answer, {}))),
            hex(header(kQr | kRd | kRa | kAd | 3) + asked));
}

TEST_F(ForwardedReply, SaysWhyItFails) {
  const std::string why = option(15, u16(22));
  EXPECT_EQ(hex(reply_to(edns_query("www.corp.example.", RRType::kA, {}, kRd),
                         aged(forward::failed(forward::Failure::kUnreachable), {}))),
            hex(header(kQr | kRd | kRa | 2, {.additional = 1}) +
                question("www.corp.example.", RRType::kA) + opt({.options = why})));
}

TEST_F(ForwardedReply, LeavesOutTheAdditionalSectionBeforeItIsCutOff) {
  forward::Answer answer;
  for (int i = 0; i < 20; ++i)
    answer.records.answers.push_back(
        address_record("www.corp.example.", 60, "192.0.2." + std::to_string(i)));
  for (int i = 0; i < 20; ++i)
    answer.records.additionals.push_back(
        address_record("ns.corp.example.", 60, "192.0.2." + std::to_string(i)));
  const std::string asked = query("www.corp.example.", RRType::kA, kRd);
  const std::string whole_answer = reply_to(asked, aged(answer, {}));
  EXPECT_EQ(hex(whole_answer.substr(0, 12)), hex(header(kQr | kRd | kRa, {.answers = 20})));
  EXPECT_LE(whole_answer.size(), 512u);
  std::vector<dns::MessageRecord> more = answer.records.answers;
  more.pop_back();
  answer.records.answers.insert(answer.records.answers.end(), more.begin(), more.end());
  EXPECT_EQ(hex(reply_to(asked, aged(answer, {}))),
            hex(header(kQr | kRd | kRa | kTc) + question("www.corp.example.", RRType::kA)));
}

}  // namespace
}  // namespace signpost::testing
