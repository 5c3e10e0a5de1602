#include "upstream/target_resolver.h"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <thread>

#include "tests/unit/upstream/resolving.h"

namespace signpost::upstream {
namespace {

namespace asio = boost::asio;
using model::ExternalAnswerPtr;
using std::chrono::milliseconds;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::int64_t unix_time() {
  return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

TEST_F(Resolving, AnswersATargetOnceItIsSet) {
  FakeDnsServer server(io_, replies({"192.0.2.2", "192.0.2.1"}, 300));
  Options options;
  options.servers = {server.server()};
  start(options);
  const std::int64_t before = unix_time();
  resolver_->set_targets({target("WWW.example.com."), target("www.example.com.")});
  EXPECT_EQ(state().answer, nullptr);
  run_until_changes(1);
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_EQ(changes_[0].key, kKey);
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst, kSecond));
  EXPECT_EQ(changes_[0].answer->ttl, 300u);
  EXPECT_FALSE(changes_[0].answer->failing);
  EXPECT_GE(changes_[0].answer->resolved, before);
  EXPECT_LE(changes_[0].answer->resolved, unix_time());
  const TargetState now = state();
  EXPECT_EQ(now.answer, changes_[0].answer);
  EXPECT_EQ(now.server, to_text(server.server()));
  EXPECT_FALSE(now.failing_since);
  EXPECT_EQ(now.last_error, "");
  const auto next = *now.next_refresh - std::chrono::system_clock::now();
  EXPECT_GT(next, std::chrono::seconds(250));
  EXPECT_LT(next, std::chrono::seconds(285));
  EXPECT_THAT(server.asked(), SizeIs(1));
}

TEST_F(Resolving, ReportsOnlyWhatChanges) {
  FakeDnsServer server(io_, replies({"192.0.2.1", "192.0.2.2"}, 300));
  resolve(quick({server.server()}));
  run_until_changes(1);
  server.set_conduct(replies({"192.0.2.2", "192.0.2.1"}, 300));
  run_queries(server, 4);
  EXPECT_THAT(changes_, SizeIs(1));
  server.set_conduct(replies({"192.0.2.2"}, 300));
  run_until_changes(2);
  EXPECT_THAT(changes_[1].answer->rdata, ElementsAre(kSecond));
  server.set_conduct(replies({"192.0.2.2"}, 60));
  run_until_changes(3);
  EXPECT_EQ(changes_[2].answer->ttl, 60u);
}

TEST_F(Resolving, TakesANameThatDoesNotExistForAnAnswer) {
  FakeDnsServer server(io_, replies({.authorities = {kSoa}, .rcode = 3}));
  resolve(slow({server.server()}));
  run_until_changes(1);
  EXPECT_THAT(changes_[0].answer->rdata, IsEmpty());
  EXPECT_EQ(changes_[0].answer->ttl, 300u);
  EXPECT_FALSE(state().failing_since);
}

TEST_F(Resolving, TurnsToTheNextServerAndStaysWithIt) {
  for (const Conduct& bad :
       {replies(TestReply{.rcode = 2}), replies(TestReply{.rcode = 5}), silence()}) {
    changes_.clear();
    FakeDnsServer first(io_, bad);
    FakeDnsServer second(io_, replies({"192.0.2.1"}, 300));
    Options options = quick({first.server(), second.server()});
    options.timeout = milliseconds(200);
    resolve(options);
    run_until_changes(1);
    EXPECT_FALSE(changes_[0].answer->failing);
    EXPECT_EQ(state().server, to_text(second.server()));
    run_queries(second, 3);
    EXPECT_THAT(first.asked(), SizeIs(1));
  }
}

TEST_F(Resolving, KeepsTheLastAnswerUntilTheServersRecover) {
  FakeDnsServer server(io_, replies({"192.0.2.1"}, 0));
  resolve(quick({server.server()}));
  run_until_changes(1);
  server.set_conduct(replies(TestReply{.rcode = 2}));
  run_until_changes(2);
  EXPECT_TRUE(changes_[1].answer->failing);
  EXPECT_THAT(changes_[1].answer->rdata, ElementsAre(kFirst));
  EXPECT_EQ(changes_[1].answer->resolved, changes_[0].answer->resolved);
  const TargetState failed = state();
  ASSERT_TRUE(failed.failing_since);
  EXPECT_EQ(failed.last_error, to_text(server.server()) + ": SERVFAIL");
  run_queries(server, 4);
  EXPECT_THAT(changes_, SizeIs(2)) << "it was reported once";
  EXPECT_EQ(state().failing_since, failed.failing_since);
  server.set_conduct(replies({"192.0.2.1"}, 0));
  run_until_changes(3);
  EXPECT_FALSE(changes_[2].answer->failing);
  EXPECT_FALSE(state().failing_since);
  EXPECT_EQ(state().last_error, "");
}

TEST_F(Resolving, WaitsLongerAfterEachFailure) {
  FakeDnsServer server(io_, replies(TestReply{.rcode = 2}));
  Options options = quick({server.server()});
  options.backoff_max = milliseconds(160);
  std::vector<std::chrono::steady_clock::time_point> times;
  server.set_conduct([&](const Asked& asked) {
    times.push_back(std::chrono::steady_clock::now());
    return replies(TestReply{.rcode = 2})(asked);
  });
  resolve(options);
  run_queries(server, 6);
  for (std::size_t i = 1; i < times.size(); ++i) {
    const milliseconds pause(std::min(20 << (i - 1), 160));
    EXPECT_GE(times[i] - times[i - 1], pause * 9 / 10 - milliseconds(1)) << i;
  }
  EXPECT_THAT(changes_, IsEmpty()) << "there never was an answer";
}

TEST_F(Resolving, AsksEveryServerAsOftenAsItMay) {
  FakeDnsServer first(io_, silence());
  FakeDnsServer second(io_, replies(TestReply{.rcode = 5}));
  Options options = slow({first.server(), second.server()});
  options.attempts = 3;
  options.timeout = milliseconds(100);
  options.backoff_min = options.backoff_max = std::chrono::hours(1);
  resolve(options);
  run_until_failing();
  EXPECT_THAT(first.asked(), SizeIs(3));
  EXPECT_THAT(second.asked(), SizeIs(3));
  EXPECT_EQ(state().last_error, to_text(second.server()) + ": REFUSED");
}

TEST_F(Resolving, FailsWithoutServers) {
  resolve(quick({}));
  run_until_failing();
  EXPECT_EQ(state().last_error, "no resolvers are configured");
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(Resolving, AddsAndRemovesTargetsWhileItRuns) {
  FakeDnsServer server(io_, replies({"192.0.2.1"}, 300));
  resolve(slow({server.server()}));
  run_until_changes(1);
  const ExternalAnswerPtr kept = state().answer;
  resolver_->set_targets({target("www.example.com."), target("new.example.com.")});
  run_until_changes(2);
  EXPECT_EQ(changes_[1].key, "new.example.com. A");
  EXPECT_EQ(state().answer, kept);
  EXPECT_THAT(server.asked(), SizeIs(2)) << "what stays is not asked for again";
  resolver_->set_targets({target("new.example.com.")});
  EXPECT_THAT(resolver_->state(), SizeIs(1));
  resolver_->set_targets({target("www.example.com."), target("new.example.com.")});
  run_until_changes(3);
  EXPECT_EQ(changes_[2].key, kKey) << "it is new again";
}

TEST_F(Resolving, AsksNoMoreForATargetThatIsGone) {
  FakeDnsServer server(io_, silence());
  Options options = quick({server.server()});
  options.timeout = kGuard * 2;
  resolve(options);
  run_queries(server, 1);
  resolver_->set_targets({target("other.example.com.")});
  run_queries(server, 1);
  const std::vector<Asked> held = server.asked();
  server.send(held[0], replies({"192.0.2.1"}, 300)(held[0]).front());
  server.set_conduct(replies({"192.0.2.1"}, 300));
  server.send(held[1], replies({"192.0.2.1"}, 300)(held[1]).front());
  run_queries(server, 4);
  for (const Change& change : changes_) EXPECT_EQ(change.key, "other.example.com. A");
  for (std::size_t i = 1; i < server.asked().size(); ++i)
    EXPECT_EQ(dns::read_message_head(server.asked()[i].octets)->question.name,
              name("other.example.com."));
}

TEST_F(Resolving, ResolvesNoMoreThan64TargetsAtOnce) {
  FakeDnsServer server(io_, silence());
  Options options = slow({server.server()});
  options.timeout = kGuard * 2;
  start(options);
  std::vector<Target> targets;
  for (int i = 0; i < 200; ++i)
    targets.push_back(target("target" + std::to_string(i) + ".example.com."));
  resolver_->set_targets(targets);
  run_queries(server, kTargetsAtOnce);
  io_.run_for(milliseconds(20));
  EXPECT_THAT(server.asked(), SizeIs(kTargetsAtOnce));
  server.set_conduct(replies({"192.0.2.1"}, 300));
  resolver_->set_targets({targets.begin() + 1, targets.end()});  // whose place is free then
  run_until_changes(200 - kTargetsAtOnce);
  const std::vector<Asked> held(server.asked().begin(), server.asked().begin() + kTargetsAtOnce);
  for (const Asked& asked : held) server.send(asked, replies({"192.0.2.1"}, 300)(asked).front());
  run_until_changes(199);
  for (const TargetState& state : resolver_->state()) EXPECT_NE(state.answer, nullptr) << state.key;
}

TEST_F(Resolving, GoesOnFromAnswersOfBeforeARestart) {
  FakeDnsServer server(io_, replies(TestReply{.rcode = 2}));
  start(slow({server.server()}));
  TargetState stored;
  stored.key = kKey;
  stored.answer = std::make_shared<model::ExternalAnswer>(
      model::ExternalAnswer{{kSecond}, 300, 1'700'000'000, false});
  stored.server = "192.0.2.53:53";
  resolver_->restore({stored});
  resolver_->set_targets({target("www.example.com.")});
  EXPECT_EQ(state().answer, stored.answer);
  run_until_changes(1);
  EXPECT_TRUE(changes_[0].answer->failing);
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kSecond));
  EXPECT_EQ(changes_[0].answer->resolved, 1'700'000'000);
  EXPECT_EQ(state().server, "192.0.2.53:53");
}

TEST_F(Resolving, RestoresTargetsThatAreSetAlreadyUnlessTheyHaveAnAnswer) {
  FakeDnsServer server(io_, replies({"192.0.2.1"}, 300));
  resolve(slow({server.server()}));
  TargetState stored;
  stored.key = kKey;
  stored.answer = std::make_shared<model::ExternalAnswer>(
      model::ExternalAnswer{{kFirst}, 300, 1'700'000'000, false});
  resolver_->restore({stored});
  run_until([&] { return state().answer->resolved > 1'700'000'000; });
  EXPECT_THAT(changes_, IsEmpty()) << "it was confirmed";
  resolver_->restore({stored});
  EXPECT_GT(state().answer->resolved, 1'700'000'000);
}

TEST_F(Resolving, LetsOnChangeChangeTheTargets) {
  FakeDnsServer server(io_, replies({"192.0.2.1"}, 300));
  on_change_ = [&] {
    if (changes_.size() == 1) resolver_->set_targets({target("other.example.com.")});
    if (changes_.size() == 2) resolver_->stop();
  };
  resolve(quick({server.server()}));
  run_until_changes(2);
  EXPECT_EQ(changes_[1].key, "other.example.com. A");
  const std::size_t asked = server.asked().size();
  resolver_->set_targets({target("www.example.com.")});
  io_.run_for(milliseconds(60));  // longer than a refresh takes to come
  EXPECT_EQ(server.asked().size(), asked);
  EXPECT_THAT(changes_, SizeIs(2));
}

TEST_F(Resolving, MayBeCalledFromAnyThread) {
  FakeDnsServer server(io_, replies({"192.0.2.1"}, 0));
  std::atomic<int> calls = 0;
  Options options = quick({server.server()});
  options.ttl_min = options.ttl_max = milliseconds(1);
  resolver_ = std::make_unique<TargetResolver>(
      io_, options, [&](const std::string&, const ExternalAnswerPtr&) { ++calls; });
  const auto work = asio::make_work_guard(io_);
  std::thread runner([this] { io_.run(); });
  const auto end = std::chrono::steady_clock::now() + kGuard;
  for (int round = 0; round < 200; ++round) {
    resolver_->set_targets(
        {target("www.example.com."), target("n" + std::to_string(round % 7) + ".example.com.")});
    EXPECT_THAT(resolver_->state(), SizeIs(2));
    std::vector<metrics::Family> families;
    resolver_->collect(families);
  }
  while (calls == 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  resolver_->stop();
  const int at_stop = calls;
  EXPECT_GE(at_stop, 1);
  asio::post(io_, [this] { io_.stop(); });
  runner.join();
  EXPECT_EQ(calls, at_stop);
}

TEST_F(Resolving, CountsTargetsAndQueries) {
  FakeDnsServer server(io_, [](const Asked& asked) {
    const auto asked_for = dns::read_message_head(asked.octets)->question.name;
    return asked_for == name("www.example.com.") ? replies({"192.0.2.1"}, 300)(asked)
                                                 : replies(TestReply{.rcode = 2})(asked);
  });
  Options options = slow({server.server()});
  options.backoff_min = options.backoff_max = std::chrono::hours(1);
  start(options);
  resolver_->set_targets({target("www.example.com."), target("bad.example.com.")});
  run_until([&] { return state().answer && state("bad.example.com. A").failing_since; });
  const std::string text = metrics();
  const std::string server_label = "server=\"" + to_text(server.server()) + "\"} 1\n";
  EXPECT_THAT(text, HasSubstr("signpost_upstream_targets{state=\"answered\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signpost_upstream_targets{state=\"failing\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("signpost_upstream_targets{state=\"unresolved\"} 1\n"));
  for (const char* outcome : {"answer", "failure"}) {
    EXPECT_THAT(text, HasSubstr(std::string("signpost_upstream_queries_total{outcome=\"") +
                                outcome + "\"," + server_label));
  }
  EXPECT_THAT(text, HasSubstr("signpost_upstream_query_duration_seconds_count 2\n"));
  EXPECT_THAT(text, ContainsRegex("signpost_upstream_oldest_answer_age_seconds [01]\n"));
}

}  // namespace
}  // namespace signpost::upstream
