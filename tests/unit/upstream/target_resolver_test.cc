#include "upstream/target_resolver.h"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <set>
#include <thread>

#include "tests/unit/upstream/fake_dns_server.h"

namespace signpost::upstream {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using dns::RRType;
using model::ExternalAnswerPtr;
using std::chrono::milliseconds;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::chrono::seconds kGuard{20};
const std::string kFirst("\xc0\x00\x02\x01", 4);   // 192.0.2.1
const std::string kSecond("\xc0\x00\x02\x02", 4);  // 192.0.2.2
const std::string kKey = "www.example.com. A";

Target target(std::string_view text) { return {name(text), RRType::kA}; }

struct Change {
  std::string key;
  ExternalAnswerPtr answer;
};

class Resolving : public ::testing::Test {
 protected:
  // Refreshes every 45 ms or so, whatever the TTL is.
  static Options quick(std::vector<Server> servers) {
    Options options;
    options.servers = std::move(servers);
    options.timeout = milliseconds(100);
    options.attempts = 1;
    options.ttl_min = options.ttl_max = milliseconds(50);
    options.backoff_min = milliseconds(20);
    options.backoff_max = milliseconds(80);
    return options;
  }

  // Does not refresh in the course of a test.
  static Options slow(std::vector<Server> servers) {
    Options options = quick(std::move(servers));
    options.ttl_min = options.ttl_max = std::chrono::hours(1);
    return options;
  }

  void start(Options options) {
    resolver_ = std::make_unique<TargetResolver>(
        io_, std::move(options), [this](const std::string& key, ExternalAnswerPtr answer) {
          changes_.push_back({key, std::move(answer)});
          if (on_change_) on_change_();
        });
  }

  void resolve(Options options) {
    start(std::move(options));
    resolver_->set_targets({target("www.example.com.")});
  }

  template <typename Condition>
  void run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + kGuard;
    while (!condition() && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
    ASSERT_TRUE(condition()) << "did not happen within 20 s";
  }

  void run_until_changes(std::size_t count) {
    run_until([&] { return changes_.size() >= count; });
  }

  // Until `server` has been asked `more` times from now.
  void run_queries(const FakeDnsServer& server, std::size_t more) {
    const std::size_t goal = server.asked().size() + more;
    run_until([&] { return server.asked().size() >= goal; });
  }

  TargetState state(const std::string& key = kKey) const {
    for (TargetState& state : resolver_->state())
      if (state.key == key) return state;
    return {};
  }

  void run_until_failing() {
    run_until([&] { return state().failing_since.has_value(); });
  }

  // Runs until the one and only target has its first answer or fails.
  void run_until_done() {
    run_until([&] { return state().answer || state().failing_since; });
  }

  std::string metrics() const {
    metrics::Registry registry;
    const auto kept = registry.add([&](auto& families) { resolver_->collect(families); });
    return registry.expose();
  }

  asio::io_context io_;
  std::vector<Change> changes_;
  std::function<void()> on_change_;
  std::unique_ptr<TargetResolver> resolver_;
};

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
    resolve(quick({first.server(), second.server()}));
    run_until_changes(1);
    EXPECT_FALSE(changes_[0].answer->failing);
    EXPECT_EQ(state().server, to_text(second.server()));
    run_queries(second, 3);
    EXPECT_THAT(first.asked(), SizeIs(1));
  }
}

TEST_F(Resolving, TurnsAtOnceFromAServerThatIsNotThere) {
  std::uint16_t refusing = 0;
  {
    udp::socket gone(io_, udp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    refusing = gone.local_endpoint().port();
  }
  FakeDnsServer second(io_, replies({"192.0.2.1"}, 300));
  Options options = slow({{"127.0.0.1", refusing}, second.server()});
  options.timeout = kGuard * 2;
  resolve(options);
  run_until_changes(1);
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
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
  options.timeout = milliseconds(20);
  options.backoff_min = options.backoff_max = std::chrono::hours(1);
  resolve(options);
  run_until_failing();
  EXPECT_THAT(first.asked(), SizeIs(3));
  EXPECT_THAT(second.asked(), SizeIs(3));
  EXPECT_EQ(state().last_error, to_text(second.server()) + ": REFUSED");
}

TEST_F(Resolving, SaysWhichServerTimedOut) {
  FakeDnsServer server(io_, silence());
  Options options = slow({server.server()});
  options.timeout = milliseconds(20);
  resolve(options);
  run_until_failing();
  EXPECT_EQ(state().last_error, to_text(server.server()) + ": no reply within 20 ms over UDP");
}

TEST_F(Resolving, FailsWithoutServers) {
  resolve(quick({}));
  run_until_failing();
  EXPECT_EQ(state().last_error, "no resolvers are configured");
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(Resolving, IgnoresMessagesThatAreNotTheReply) {
  FakeDnsServer server(io_, [](const Asked& asked) {
    const std::string forged = replies({"192.0.2.2"}, 300)(asked).front();
    std::string other_letters = forged;
    other_letters[13] ^= 0x20;
    const std::string other_question =
        replies({"192.0.2.2"}, 300)({query_for("other.example.com.", RRType::kA).octets}).front();
    const unsigned id = dns::read_message_head(asked.octets)->id;
    return std::vector<std::string>{with_u16(forged, 0, id ^ 1),
                                    other_letters,
                                    with_u16(other_question, 0, id),
                                    asked.octets,
                                    "",
                                    "no DNS message",
                                    replies({"192.0.2.1"}, 300)(asked).front()};
  });
  resolve(slow({server.server()}));
  run_until_done();
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
  EXPECT_THAT(server.asked(), SizeIs(1));
  EXPECT_THAT(metrics(), HasSubstr("signpost_upstream_messages_ignored_total{server=\"" +
                                   to_text(server.server()) + "\"} 6\n"));
}

// Whoever knows id, letters and port still has to send from the server's address and port.
TEST_F(Resolving, IgnoresWhatOthersSend) {
  udp::socket other_port(io_, udp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  FakeDnsServer server(io_, silence());
  udp::socket other_address(
      io_, udp::endpoint(asio::ip::make_address("127.0.0.2"), server.server().port));
  server.set_conduct([&](const Asked& asked) {
    const std::string forged = replies({"192.0.2.2"}, 300)(asked).front();
    other_port.send_to(asio::buffer(forged), asked.from);
    other_address.send_to(asio::buffer(forged), asked.from);
    return replies({"192.0.2.1"}, 300)(asked);
  });
  resolve(slow({server.server()}));
  run_until_done();
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
}

TEST_F(Resolving, AsksOverTcpWhenSomebodyGuesses) {
  FakeDnsServer server(io_, [](const Asked& asked) {
    if (asked.over_tcp) return replies({"192.0.2.1"}, 300)(asked);
    std::string guess = replies({"192.0.2.2"}, 300)(asked).front();
    guess[0] = static_cast<char>(guess[0] + 1);
    return std::vector(10, guess);
  });
  Options options = slow({server.server()});
  options.timeout = kGuard * 2;
  resolve(options);
  run_until_done();
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
  ASSERT_THAT(server.asked(), SizeIs(2));
  EXPECT_TRUE(server.asked()[1].over_tcp);
}

TEST_F(Resolving, IgnoresALateReplyToAnEarlierQuery) {
  FakeDnsServer server(io_, silence());
  Options options = slow({server.server()});
  options.attempts = 2;
  options.timeout = milliseconds(50);
  resolve(options);
  run_queries(server, 1);
  server.set_conduct([&](const Asked& asked) {
    const Asked earlier = server.asked().front();
    const std::string late = replies({"192.0.2.2"}, 300)(earlier).front();
    server.send(earlier, late);
    server.send(asked, late);
    return replies({"192.0.2.1"}, 300)(asked);
  });
  run_until_done();
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
}

TEST_F(Resolving, AsksWithAnIdLettersAndAPortOfItsOwnEachTime) {
  FakeDnsServer server(io_, replies({"192.0.2.1"}, 300));
  Options options = quick({server.server()});
  options.ttl_min = options.ttl_max = milliseconds(2);
  resolve(options);
  run_queries(server, 60);
  std::set<std::string> ids;
  std::set<std::string> names;
  std::set<std::uint16_t> ports;
  for (const Asked& asked : server.asked()) {
    ids.insert(asked.octets.substr(0, 2));
    names.insert(asked.octets.substr(12, 17));
    ports.insert(asked.from.port());
  }
  EXPECT_GT(ids.size(), 55u);
  EXPECT_GT(names.size(), 50u);
  EXPECT_GT(ports.size(), 50u);
}

TEST_F(Resolving, AsksOverTcpIfTheReplyIsTruncated) {
  FakeDnsServer server(io_, [](const Asked& asked) {
    return asked.over_tcp ? replies({"192.0.2.1"}, 300)(asked)
                          : replies(TestReply{.truncated = true})(asked);
  });
  resolve(slow({server.server()}));
  run_until_done();
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
  ASSERT_THAT(server.asked(), SizeIs(2));
  EXPECT_NE(server.asked()[0].octets, "");
  EXPECT_TRUE(server.asked()[1].over_tcp);
}

TEST_F(Resolving, ChecksRepliesOverTcpToo) {
  struct Case {
    Conduct over_tcp;
    const char* error;
  };
  const Conduct other_id = [](const Asked& asked) {
    std::string message = replies({"192.0.2.2"}, 300)(asked).front();
    message[0] = static_cast<char>(message[0] + 1);
    return std::vector{message};
  };
  const Conduct nothing_inside = [](const Asked&) { return std::vector<std::string>{""}; };
  for (const Case& expected :
       {Case{other_id, "what it sent over TCP is not the reply"},
        Case{nothing_inside, "what it sent over TCP is not the reply"},
        Case{replies(TestReply{.truncated = true}), "its reply is truncated over TCP too"},
        Case{silence(), "no reply within 50 ms over TCP"}}) {
    FakeDnsServer server(io_, [&](const Asked& asked) {
      return asked.over_tcp ? expected.over_tcp(asked)
                            : replies(TestReply{.truncated = true})(asked);
    });
    Options options = slow({server.server()});
    options.timeout = milliseconds(50);
    resolve(options);
    run_until_done();
    EXPECT_EQ(state().last_error, to_text(server.server()) + ": " + expected.error);
    EXPECT_THAT(changes_, IsEmpty());
  }
}

TEST_F(Resolving, SurvivesHostileRepliesAndTurnsToTheNextServer) {
  const auto loop = [](const Asked& asked) {
    return replies(TestReply{{{"www.example.com.", RRType::kCname, 60, "a.example.com."},
                              {"a.example.com.", RRType::kCname, 60, "www.example.com."}}})(asked);
  };
  const auto pointer_to_itself = [](const Asked& asked) {
    std::string message = replies({"192.0.2.2"}, 300)(asked).front();
    const std::size_t record = dns::read_message_head(message)->end;
    return std::vector{with_u16(message, record, 0xc000 | static_cast<unsigned>(record))};
  };
  const auto counts_that_lie = [](const Asked& asked) {
    return std::vector{with_u16(replies({"192.0.2.2"}, 300)(asked).front(), 6, 0xffff)};
  };
  for (const auto& [hostile, error] : std::vector<std::pair<Conduct, const char*>>{
           {loop, "loop"}, {pointer_to_itself, "bad name"}, {counts_that_lie, "malformed"}}) {
    changes_.clear();
    FakeDnsServer bad(io_, hostile);
    FakeDnsServer good(io_, replies({"192.0.2.1"}, 300));
    resolve(slow({bad.server(), good.server()}));
    run_until_done();
    ASSERT_THAT(changes_, SizeIs(1));
    EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
    changes_.clear();
    resolve(slow({bad.server()}));
    run_until_done();
    EXPECT_THAT(state().last_error, HasSubstr(error));
  }
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
