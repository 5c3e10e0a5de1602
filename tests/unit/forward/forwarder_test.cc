#include "forward/forwarder.h"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <memory>

#include "tests/unit/upstream/fake_dns_server.h"

namespace signpost::forward {
namespace {

using dns::RRType;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using upstream::FakeDnsServer;
using upstream::replies;

constexpr std::chrono::seconds kGuard{20};

class Forwarding : public ::testing::Test {
 protected:
  static model::ForwardRulePtr to(const std::vector<const FakeDnsServer*>& servers) {
    auto rule = std::make_shared<model::ForwardRule>();
    rule->name = "corp";
    for (const FakeDnsServer* server : servers)
      rule->servers.push_back({server->server().address, server->server().port});
    return rule;
  }

  static Question question(std::string_view text) { return {upstream::name(text), RRType::kA}; }

  void ask(const model::ForwardRulePtr& rule, const Question& asked) {
    forwarder_->ask(rule, asked, [this](const AgedAnswer& answer) { answers_.push_back(answer); });
  }

  void run_until_answers(std::size_t count) {
    const auto end = Clock::now() + kGuard;
    while (answers_.size() < count && Clock::now() < end) io_.run_one_until(end);
    ASSERT_THAT(answers_, SizeIs(count));
  }

  std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (const dns::MessageRecord& record : answers_.back().answer->records.answers)
      all.push_back(record.rdata);
    return all;
  }

  std::uint64_t count(Result result) const {
    return forwarder_->counts().results[static_cast<std::size_t>(result)];
  }

  boost::asio::io_context io_;
  Options options_{.timeout = kGuard * 2, .patience = kGuard * 2};
  std::unique_ptr<Forwarder> forwarder_ = std::make_unique<Forwarder>(io_, options_);
  std::vector<AgedAnswer> answers_;
};

const std::string kAddress("\xc0\x00\x02\x01", 4);

TEST_F(Forwarding, AsksTheFirstServerAndKeepsItsAnswer) {
  FakeDnsServer first(io_, replies({"192.0.2.1"}, 300));
  FakeDnsServer second(io_, replies({"192.0.2.2"}, 300));
  const auto rule = to({&first, &second});
  ask(rule, question("www.example.com."));
  run_until_answers(1);
  EXPECT_THAT(addresses(), ElementsAre(kAddress));
  ask(rule, question("WWW.example.com."));
  run_until_answers(2);
  EXPECT_THAT(addresses(), ElementsAre(kAddress));
  EXPECT_THAT(first.asked(), SizeIs(1));
  EXPECT_THAT(second.asked(), SizeIs(0));
  EXPECT_EQ(count(Result::kAnswered), 1u);
  EXPECT_EQ(count(Result::kCached), 1u);
}

TEST_F(Forwarding, AsksOnceForAllWhoWait) {
  FakeDnsServer server(io_, replies({"192.0.2.1"}, 0));
  const auto rule = to({&server});
  for (int i = 0; i < 5; ++i) ask(rule, question("www.example.com."));
  run_until_answers(5);
  EXPECT_THAT(server.asked(), SizeIs(1));
}

TEST_F(Forwarding, TellsQuestionsApartByTypeAndFlags) {
  FakeDnsServer server(io_, replies({"192.0.2.1"}, 300));
  const auto rule = to({&server});
  Question other = question("www.example.com.");
  ask(rule, other);
  other.dnssec_ok = true;
  ask(rule, other);
  other.checking_disabled = true;
  ask(rule, other);
  run_until_answers(3);
  EXPECT_THAT(server.asked(), SizeIs(3));
}

TEST_F(Forwarding, GoesOnToTheNextServerAndAsksThatFirstForAWhile) {
  options_.timeout = milliseconds(20);
  forwarder_ = std::make_unique<Forwarder>(io_, options_);
  FakeDnsServer silent(io_, upstream::silence());
  FakeDnsServer good(io_, replies({"192.0.2.1"}, 300));
  const auto rule = to({&silent, &good});
  ask(rule, question("a.example.com."));
  run_until_answers(1);
  EXPECT_THAT(addresses(), ElementsAre(kAddress));
  ask(rule, question("b.example.com."));
  run_until_answers(2);
  EXPECT_THAT(silent.asked(), SizeIs(1));
  EXPECT_THAT(good.asked(), SizeIs(2));
}

TEST_F(Forwarding, PrefersAnyAnswerToARefusal) {
  FakeDnsServer refusing(io_, replies(upstream::TestReply{.rcode = 5}));
  FakeDnsServer good(io_, replies({"192.0.2.1"}, 300));
  ask(to({&refusing, &good}), question("www.example.com."));
  run_until_answers(1);
  EXPECT_EQ(answers_.back().answer->rcode, 0u);
}

TEST_F(Forwarding, FailsWhenAllServersDoAndDoesNotAskAgainAtOnce) {
  FakeDnsServer refusing(io_, replies(upstream::TestReply{.rcode = 2}));
  const auto rule = to({&refusing});
  ask(rule, question("www.example.com."));
  run_until_answers(1);
  EXPECT_EQ(answers_.back().answer->rcode, 2u);
  EXPECT_EQ(answers_.back().answer->failure, Failure::kUnreachable);
  EXPECT_THAT(refusing.asked(), SizeIs(2)) << "each server is asked twice";
  ask(rule, question("www.example.com."));
  run_until_answers(2);
  EXPECT_THAT(refusing.asked(), SizeIs(2));
  EXPECT_EQ(count(Result::kFailed), 2u);
}

TEST_F(Forwarding, TurnsAwayWhatItHasNoRoomFor) {
  options_.questions_max = 1;
  forwarder_ = std::make_unique<Forwarder>(io_, options_);
  FakeDnsServer server(io_, upstream::silence());
  const auto rule = to({&server});
  ask(rule, question("a.example.com."));
  ask(rule, question("b.example.com."));
  run_until_answers(1);
  EXPECT_EQ(answers_.back().answer->failure, Failure::kBusy);
  EXPECT_EQ(count(Result::kBusy), 1u);
}

}  // namespace
}  // namespace signpost::forward
