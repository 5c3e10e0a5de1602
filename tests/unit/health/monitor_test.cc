#include "health/monitor.h"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/loopback_server.h"
#include "tests/unit/health/promtool.h"

namespace signpost::health {
namespace {

namespace asio = boost::asio;
using model::Health;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr milliseconds kInterval{50};
constexpr std::chrono::seconds kGuard{20};

std::shared_ptr<model::HealthCheck> check_of(const std::string& id, std::uint16_t port) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = id;
  model::HttpProbe probe;
  probe.target = {.address = "127.0.0.1", .host = "", .port = port};
  probe.resource_path = "/health";
  check->kind = probe;
  check->request_interval = kInterval;
  return check;
}

std::shared_ptr<model::HealthCheck> changed(const model::HealthCheckPtr& check,
                                            void (*change)(model::HealthCheck&)) {
  auto copy = std::make_shared<model::HealthCheck>(*check);
  change(*copy);
  return copy;
}

class Monitoring : public ::testing::Test {
 protected:
  template <typename Condition>
  void run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + kGuard;
    while (!condition() && std::chrono::steady_clock::now() < end) {
      if (io_.stopped()) io_.restart();  // it ran out of work before
      io_.run_one_until(end);
    }
    ASSERT_TRUE(condition()) << "did not happen within 20 s";
  }

  // Until the check has ended `more` probes from now.
  void run_probes(const std::string& id, std::uint64_t more) {
    const std::uint64_t goal = state(id).probes + more;
    run_until([&] { return state(id).probes >= goal; });
  }

  CheckState state(const std::string& id) const {
    for (CheckState& state : monitor_->states())
      if (state.id == id) return state;
    return {};
  }

  std::vector<Health> verdicts_of(const std::string& id) const {
    std::vector<Health> result;
    for (const CheckState& verdict : verdicts_)
      if (verdict.id == id) result.push_back(verdict.health);
    return result;
  }

  std::string metrics() const {
    metrics::Registry registry;
    const auto kept = registry.add([&](auto& families) { monitor_->collect(families); });
    return registry.expose();
  }

  asio::io_context io_;
  std::vector<CheckState> verdicts_;
  std::unique_ptr<Monitor> monitor_ = std::make_unique<Monitor>(
      io_, [this](const CheckState& verdict) { verdicts_.push_back(verdict); });
};

TEST_F(Monitoring, ReportsTheFirstSuccessAtOnce) {
  LoopbackServer server(io_, reply_status(200));
  monitor_->set_checks({check_of("api", server.port())});
  EXPECT_EQ(state("api").health, Health::kUnknown);
  run_until([&] { return !verdicts_.empty(); });
  const CheckState& verdict = verdicts_.front();
  EXPECT_EQ(verdict.id, "api");
  EXPECT_EQ(verdict.health, Health::kHealthy);
  EXPECT_EQ(verdict.target, "http://127.0.0.1:" + std::to_string(server.port()) + "/health");
  EXPECT_THAT(verdict.last_result,
              MatchesRegex("Success: HTTP status 200 from 127.0.0.1:[0-9]+ in .*"));
  EXPECT_EQ(verdict.probes, 1u);
  EXPECT_EQ(verdict.failures, 0u);
  EXPECT_EQ(verdict.flips, 0u);
  EXPECT_TRUE(verdict.since && verdict.last_probe);
  run_probes("api", 3);
  EXPECT_EQ(verdicts_.size(), 1u);
}

TEST_F(Monitoring, ReportsANewFailingCheckAtItsThreshold) {
  LoopbackServer server(io_, reply_status(503));
  monitor_->set_checks({check_of("api", server.port())});
  run_probes("api", 2);
  EXPECT_EQ(state("api").health, Health::kUnknown);
  EXPECT_TRUE(verdicts_.empty());
  run_until([&] { return !verdicts_.empty(); });
  EXPECT_EQ(verdicts_.front().health, Health::kUnhealthy);
  EXPECT_EQ(verdicts_.front().probes, 3u);
  EXPECT_EQ(verdicts_.front().failures, 3u);
  EXPECT_EQ(verdicts_.front().last_result,
            "Failure: HTTP status 503 from 127.0.0.1:" + std::to_string(server.port()));
}

TEST_F(Monitoring, FlipsAfterThresholdResultsEitherWay) {
  LoopbackServer server(io_, reply_status(200));
  monitor_->set_checks({check_of("api", server.port())});
  run_until([&] { return verdicts_.size() == 1; });
  server.set_conduct(close_at_once());
  run_until([&] { return verdicts_.size() == 2; });
  EXPECT_EQ(verdicts_[1].health, Health::kUnhealthy);
  EXPECT_EQ(verdicts_[1].failures, 3u);
  EXPECT_EQ(verdicts_[1].flips, 1u);
  const std::uint64_t down_at = verdicts_[1].probes;
  server.set_conduct(reply_status(302));
  run_until([&] { return verdicts_.size() == 3; });
  EXPECT_EQ(verdicts_[2].health, Health::kHealthy);
  EXPECT_EQ(verdicts_[2].probes, down_at + 3);
  EXPECT_EQ(verdicts_[2].flips, 2u);
  EXPECT_GE(*verdicts_[2].since, *verdicts_[1].since);
}

TEST_F(Monitoring, DoesNotFlipBelowTheThreshold) {
  LoopbackServer server(io_, reply_status(200));
  monitor_->set_checks({check_of("api", server.port())});
  run_until([&] { return verdicts_.size() == 1; });
  for (int round = 0; round < 3; ++round) {
    server.set_conduct(reply_status(500));
    run_until([&, goal = state("api").failures + 2] { return state("api").failures >= goal; });
    server.set_conduct(reply_status(200));
    run_probes("api", 1);
  }
  EXPECT_EQ(state("api").failures, 6u);
  EXPECT_EQ(verdicts_.size(), 1u);
}

TEST_F(Monitoring, AnInvertedCheckIsUnhealthyUntilItsTargetFails) {
  LoopbackServer server(io_, reply_status(200));
  auto check = check_of("api", server.port());
  check->inverted = true;
  monitor_->set_checks({check});
  EXPECT_EQ(state("api").health, Health::kUnhealthy);
  run_until([&] { return !verdicts_.empty(); });
  EXPECT_EQ(verdicts_[0].probes, 0u);
  run_probes("api", 2);
  server.set_conduct(reply_status(500));
  run_until([&] { return verdicts_.size() == 2; });
  EXPECT_THAT(verdicts_of("api"), ElementsAre(Health::kUnhealthy, Health::kHealthy));
  EXPECT_EQ(verdicts_[1].failures, 3u);
}

TEST_F(Monitoring, ADisabledCheckIsNotProbedAndHealthyUnlessInverted) {
  LoopbackServer untouched(io_, reply_status(200));
  LoopbackServer server(io_, reply_status(200));
  auto disabled = check_of("disabled", untouched.port());
  disabled->disabled = true;
  auto inverted = check_of("inverted", untouched.port());
  inverted->disabled = true;
  inverted->inverted = true;
  monitor_->set_checks({disabled, inverted, check_of("other", server.port())});
  EXPECT_EQ(state("disabled").health, Health::kHealthy);
  EXPECT_EQ(state("inverted").health, Health::kUnhealthy);
  run_probes("other", 4);
  EXPECT_THAT(verdicts_of("disabled"), ElementsAre(Health::kHealthy));
  EXPECT_THAT(verdicts_of("inverted"), ElementsAre(Health::kUnhealthy));
  EXPECT_EQ(untouched.connections(), 0u);
}

TEST_F(Monitoring, UnchangedChecksKeepTheirCountsAndGoneOnesAreForgotten) {
  LoopbackServer server(io_, reply_status(200));
  LoopbackServer leaving(io_, reply_status(200));
  monitor_->set_checks({check_of("kept", server.port()), check_of("gone", leaving.port())});
  run_probes("kept", 3);
  run_until([&] { return verdicts_.size() == 2; });
  monitor_->set_checks({check_of("kept", server.port()), check_of("new", server.port())});
  EXPECT_EQ(state("kept").probes, 3u);
  EXPECT_EQ(state("gone").id, "");
  const std::size_t connections = leaving.connections();
  run_probes("kept", 4);
  EXPECT_LE(leaving.connections(), connections + 1);  // one may have been under way
  EXPECT_EQ(verdicts_of("gone").size(), 1u);
  EXPECT_THAT(verdicts_of("new"), ElementsAre(Health::kHealthy));
}

TEST_F(Monitoring, AChangedCheckStartsAnewButKeepsItsHealth) {
  LoopbackServer good(io_, reply_status(200));
  LoopbackServer bad(io_, reply_status(503));
  const auto check = check_of("api", good.port());
  monitor_->set_checks({check});
  run_until([&] { return verdicts_.size() == 1; });
  monitor_->set_checks({check_of("api", bad.port())});
  EXPECT_EQ(state("api").probes, 0u);
  EXPECT_EQ(state("api").health, Health::kHealthy);
  EXPECT_EQ(state("api").since, verdicts_[0].since);
  run_until([&] { return verdicts_.size() == 2; });
  EXPECT_EQ(verdicts_[1].health, Health::kUnhealthy);
  EXPECT_EQ(verdicts_[1].probes, 3u);
}

TEST_F(Monitoring, AChangeOfInversionOrDisablingActsAtOnce) {
  LoopbackServer server(io_, reply_status(503));
  const auto check = check_of("api", server.port());
  monitor_->set_checks({check});
  run_until([&] { return verdicts_.size() == 1; });
  const auto set = [&](const model::HealthCheckPtr& next, Health expected) {
    const std::size_t before = verdicts_.size();
    monitor_->set_checks({next});
    EXPECT_EQ(state("api").health, expected);
    run_until([&] { return verdicts_.size() == before + 1; });
    EXPECT_EQ(verdicts_.back().health, expected);
    EXPECT_EQ(verdicts_.back().probes, 0u);
  };
  const auto inverted = changed(check, [](model::HealthCheck& c) { c.inverted = true; });
  set(inverted, Health::kHealthy);
  set(changed(inverted, [](model::HealthCheck& c) { c.disabled = true; }), Health::kUnhealthy);
  set(changed(check, [](model::HealthCheck& c) { c.disabled = true; }), Health::kHealthy);
  monitor_->set_checks({check});  // healthy as before, until its failures reach the threshold
  EXPECT_EQ(state("api").health, Health::kHealthy);
  run_until([&] { return verdicts_.size() == 5; });
  EXPECT_EQ(verdicts_.back().health, Health::kUnhealthy);
  EXPECT_EQ(verdicts_.back().probes, 3u);
}

TEST_F(Monitoring, RestoredHealthServesWithoutAVerdictAndNeedsTheThreshold) {
  LoopbackServer server(io_, reply_status(200));
  CheckState stored;
  stored.id = "before";
  stored.health = Health::kUnhealthy;
  stored.since = std::chrono::system_clock::now() - std::chrono::hours(1);
  stored.probes = 100;
  stored.failures = 40;
  CheckState after = stored;
  after.id = "after";
  CheckState inverted = stored;
  inverted.id = "inverted";
  inverted.health = Health::kHealthy;
  auto inverted_check = check_of("inverted", server.port());
  inverted_check->inverted = true;

  monitor_->restore({stored, inverted});
  monitor_->set_checks(
      {check_of("before", server.port()), check_of("after", server.port()), inverted_check});
  monitor_->restore({after});
  for (const std::string id : {"before", "after"}) {
    EXPECT_EQ(state(id).health, Health::kUnhealthy) << id;
    EXPECT_EQ(state(id).since, stored.since) << id;
  }
  EXPECT_EQ(state("inverted").health, Health::kHealthy);
  run_until([&] { return verdicts_.size() == 3; });
  for (const CheckState& verdict : verdicts_) {
    EXPECT_EQ(verdict.health, verdict.id == "inverted" ? Health::kUnhealthy : Health::kHealthy);
    EXPECT_EQ(verdict.probes, 103u) << verdict.id;
    EXPECT_EQ(verdict.failures, 40u) << verdict.id;
  }
}

TEST_F(Monitoring, RestoreDoesNotReplaceAVerdict) {
  LoopbackServer server(io_, reply_status(200));
  monitor_->set_checks({check_of("api", server.port())});
  run_until([&] { return verdicts_.size() == 1; });
  CheckState stored = state("api");
  stored.health = Health::kUnhealthy;
  monitor_->restore({stored});
  EXPECT_EQ(state("api").health, Health::kHealthy);
}

TEST_F(Monitoring, DoesNotProbeATargetTwiceAtATime) {
  LoopbackServer silent(io_, stay_silent());
  LoopbackServer server(io_, reply_status(200));
  monitor_->set_checks({check_of("silent", silent.port()), check_of("other", server.port())});
  run_probes("other", 6);
  EXPECT_EQ(silent.connections(), 1u);
  EXPECT_THAT(metrics(),
              MatchesRegex("(.|\n)*slots_skipped_total\\{reason=\"busy\"\\} [1-9](.|\n)*"));
}

// Hostile targets get their own verdict, by name of the reason, and a good one is probed in its
// rhythm meanwhile.
TEST_F(Monitoring, HostileTargetsCostTheirOwnVerdictOnly) {
  LoopbackServer silent(io_, stay_silent());
  LoopbackServer slow(io_, drip(std::string(1000, 'H'), milliseconds(10)));
  LoopbackServer endless(io_,
                         flood("HTTP/1.1 200 OK\r\n", "X: " + std::string(1000, 'y') + "\r\n"));
  LoopbackServer resetting(io_, reset_at_once());
  LoopbackServer garbage(io_, flood("", std::string(65536, '\0')));
  const UnansweringPort full(io_);
  LoopbackServer good(io_, reply_status(200));
  LoopbackServer bottomless(io_, flood("HTTP/1.1 200 OK\r\n\r\n", std::string(65536, 'x')));
  const std::map<std::string, std::uint16_t> hostile{
      {"silent", silent.port()},       {"slow", slow.port()},       {"endless", endless.port()},
      {"resetting", resetting.port()}, {"garbage", garbage.port()}, {"unanswering", full.port()}};
  std::vector<model::HealthCheckPtr> checks{check_of("good", good.port())};
  for (const auto& [id, port] : hostile) {
    auto check = check_of(id, port);
    check->failure_threshold = 1;
    checks.push_back(check);
  }
  const auto add = [&](const std::string& id, std::uint16_t port,
                       void (*change)(model::HttpProbe&)) {
    auto check = check_of(id, port);
    check->failure_threshold = 1;
    change(std::get<model::HttpProbe>(check->kind));
    checks.push_back(check);
  };
  add("bottomless", bottomless.port(),
      [](model::HttpProbe& probe) { probe.search_pattern = "ok"; });
  add("hanging", silent.port(), [](model::HttpProbe& probe) { probe.tls.emplace(); });
  add("nameless", good.port(), [](model::HttpProbe& probe) {
    probe.target.address.clear();
    probe.target.host = "does-not-resolve.example";
  });
  monitor_->set_checks(checks);
  run_until([&] { return verdicts_.size() == checks.size(); });
  EXPECT_EQ(state("good").health, Health::kHealthy);
  EXPECT_EQ(state("good").failures, 0u);
  for (const auto& [id, port] : hostile) EXPECT_EQ(state(id).health, Health::kUnhealthy) << id;
  EXPECT_THAT(state("silent").last_result, HasSubstr("no HTTP status within 2 s"));
  EXPECT_THAT(state("slow").last_result, HasSubstr("no HTTP status within 2 s"));
  EXPECT_THAT(state("endless").last_result, HasSubstr("longer than 16,384 octets"));
  EXPECT_THAT(state("resetting").last_result, HasSubstr("connection reset"));
  EXPECT_THAT(state("garbage").last_result, HasSubstr("longer than 16,384 octets"));
  EXPECT_THAT(state("unanswering").last_result, HasSubstr("within 4 s"));
  EXPECT_THAT(state("bottomless").last_result, HasSubstr("the search pattern does not match"));
  EXPECT_THAT(state("hanging").last_result, HasSubstr("no TLS handshake"));
  EXPECT_THAT(state("nameless").last_result, HasSubstr("DNS resolution of does-not-resolve"));
  // 4 s hold 80 slots; a good target that had to wait for a hostile one would get two probes.
  EXPECT_GE(state("good").probes, 20u);
}

TEST_F(Monitoring, OwnLatenessIsNoFailureAndIsNotMadeUpFor) {
  asio::io_context elsewhere;
  LoopbackServer server(elsewhere, reply_status(200));
  const std::uint16_t port = server.port();
  std::jthread other([&] { elsewhere.run_for(kGuard); });
  auto check = check_of("api", port);
  check->failure_threshold = 1;
  monitor_->set_checks({check});
  run_probes("api", 2);
  const std::uint64_t before = state("api").probes;
  asio::post(io_, [] { std::this_thread::sleep_for(10 * kInterval); });
  const auto woke = std::chrono::steady_clock::now() + 10 * kInterval;
  run_probes("api", 4);
  const auto intervals = (std::chrono::steady_clock::now() - woke) / kInterval;
  // Four probes need three intervals between them; one may have been under way during the sleep.
  EXPECT_GE(intervals, 2);
  EXPECT_EQ(state("api").probes, before + 4);
  EXPECT_EQ(state("api").failures, 0u);
  EXPECT_EQ(verdicts_.size(), 1u);
  EXPECT_THAT(metrics(),
              MatchesRegex("(.|\n)*slots_skipped_total\\{reason=\"late\"\\} [1-9](.|\n)*"));
  elsewhere.stop();
}

TEST_F(Monitoring, AConfirmedFlipNeedsOneProbeMoreAfterItsDelay) {
  LoopbackServer server(io_, reply_status(200));
  auto check = check_of("api", server.port());
  check->request_interval = std::chrono::seconds(10);  // nothing but the confirmation comes in time
  check->fall = 1;
  check->confirm_after = milliseconds(100);
  server.set_conduct(reply_status(500));
  monitor_->set_checks({check});
  run_probes("api", 1);
  EXPECT_EQ(state("api").health, Health::kUnknown);
  const auto suspected = std::chrono::steady_clock::now();
  run_until([&] { return !verdicts_.empty(); });
  EXPECT_GE(std::chrono::steady_clock::now() - suspected, milliseconds(90));
  EXPECT_EQ(verdicts_.front().health, Health::kUnhealthy);
  EXPECT_EQ(verdicts_.front().probes, 2u);
}

TEST_F(Monitoring, AFlipThatIsNotConfirmedDoesNotHappen) {
  LoopbackServer server(io_, reply_status(200));
  auto check = check_of("api", server.port());
  check->request_interval = milliseconds(500);
  check->failure_threshold = 1;
  check->confirm_after = milliseconds(100);
  monitor_->set_checks({check});
  run_until([&] { return verdicts_.size() == 1; });
  server.set_conduct(reply_status(500));
  run_until([&] { return state("api").failures == 1; });
  server.set_conduct(reply_status(200));
  run_probes("api", 3);
  EXPECT_EQ(state("api").failures, 1u);
  EXPECT_EQ(verdicts_.size(), 1u);
  EXPECT_THAT(state("api").last_failure, HasSubstr("HTTP status 500"));
  EXPECT_TRUE(state("api").last_failure_time);
}

std::shared_ptr<model::HealthCheck> calculated(const std::string& id,
                                               std::vector<std::string> children,
                                               std::uint32_t threshold) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = id;
  check->kind = model::CalculatedCheck{std::move(children), threshold};
  return check;
}

std::shared_ptr<model::HealthCheck> switch_of(const std::string& id) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = id;
  check->kind = model::RecoveryControl{};
  return check;
}

TEST_F(Monitoring, CalculatedChecksFollowTheirChildrenThroughAllLevels) {
  LoopbackServer server(io_, reply_status(200));
  auto inverted = calculated("inverted", {"any"}, 1);
  inverted->inverted = true;
  monitor_->set_checks({check_of("a", server.port()), check_of("b", server.port()),
                        calculated("all", {"a", "b"}, 2), calculated("any", {"a", "b"}, 1),
                        calculated("top", {"all", "inverted"}, 1), inverted});
  EXPECT_EQ(state("all").health, Health::kUnknown);
  run_until([&] {
    return state("a").health == Health::kHealthy && state("b").health == Health::kHealthy;
  });
  EXPECT_EQ(state("all").health, Health::kHealthy);
  EXPECT_EQ(state("inverted").health, Health::kUnhealthy);
  EXPECT_EQ(state("top").health, Health::kHealthy);
  server.set_conduct(reply_status(500));
  run_until([&] { return state("all").health == Health::kUnhealthy; });
  EXPECT_THAT(state("all").last_result, HasSubstr("1 of 2 children healthy, 2 needed"));
  run_until([&] { return state("any").health == Health::kUnhealthy; });
  EXPECT_EQ(state("inverted").health, Health::kHealthy);
  EXPECT_EQ(state("top").health, Health::kHealthy);
  for (const std::string id : {"all", "any", "inverted"})
    EXPECT_EQ(verdicts_of(id).back(), state(id).health) << id;
  EXPECT_EQ(state("all").probes, 0u);
}

TEST_F(Monitoring, ANewSwitchIsOnAndASetOneStaysAsItWasSet) {
  monitor_->set_checks({switch_of("region"), calculated("site", {"region"}, 1)});
  run_until([&] { return verdicts_.size() == 2; });
  EXPECT_EQ(state("region").health, Health::kHealthy);
  EXPECT_EQ(state("site").health, Health::kHealthy);
  monitor_->set_switch("region", false, "maintenance");
  EXPECT_EQ(state("region").health, Health::kUnhealthy);
  EXPECT_EQ(state("region").last_result, "Failure: off: maintenance");
  run_until([&] { return verdicts_.size() == 3; });
  EXPECT_EQ(verdicts_.back().id, "site");  // whoever set the switch knows of it
  EXPECT_EQ(verdicts_.back().health, Health::kUnhealthy);
  monitor_->set_checks({switch_of("region"), calculated("site", {"region"}, 0)});
  EXPECT_EQ(state("region").health, Health::kUnhealthy);
}

TEST_F(Monitoring, ASwitchIsRestored) {
  CheckState stored;
  stored.id = "region";
  stored.health = Health::kUnhealthy;
  monitor_->set_checks({switch_of("region")});
  monitor_->restore({stored});
  io_.run_for(milliseconds(10));
  EXPECT_EQ(state("region").health, Health::kUnhealthy);
  EXPECT_TRUE(verdicts_.empty());
}

TEST_F(Monitoring, ATestProbesOnceAndChangesNothing) {
  LoopbackServer server(io_, reply_status(500));
  std::optional<ProbeResult> result;
  monitor_->test(check_of("unset", server.port()), [&](const ProbeResult& seen) { result = seen; });
  run_until([&] { return result.has_value(); });
  EXPECT_EQ(result->outcome, ProbeOutcome::kFailure);
  EXPECT_EQ(result->steps.size(), 2u);
  EXPECT_TRUE(monitor_->states().empty());
  EXPECT_TRUE(verdicts_.empty());
}

TEST_F(Monitoring, ReportsNothingAfterStop) {
  LoopbackServer server(io_, reply_status(200));
  monitor_->set_checks({check_of("api", server.port())});
  run_until([&] { return server.connections() == 1; });
  monitor_->stop();
  monitor_->set_checks({check_of("other", server.port())});
  io_.run_for(4 * kInterval);
  EXPECT_TRUE(verdicts_.empty());
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(Monitoring, StopWaitsForARunningVerdict) {
  std::atomic<int> running = 0;
  std::atomic<bool> began = false;
  Monitor monitor(io_, [&](const CheckState&) {
    ++running;
    began = true;
    began.notify_all();
    std::this_thread::sleep_for(milliseconds(100));
    --running;
  });
  auto check = check_of("api", 1);
  check->disabled = true;
  monitor.set_checks({check});
  std::jthread io_thread([&] { io_.run_for(milliseconds(300)); });
  began.wait(false);
  monitor.stop();
  EXPECT_EQ(running, 0);
}

TEST_F(Monitoring, AVerdictMayUseTheMonitor) {
  LoopbackServer server(io_, reply_status(200));
  std::size_t seen = 0;
  std::unique_ptr<Monitor> monitor;
  monitor = std::make_unique<Monitor>(io_, [&](const CheckState&) {
    seen = monitor->states().size();
    monitor->set_checks({});
    monitor->stop();
  });
  monitor->set_checks({check_of("api", server.port())});
  run_until([&] { return seen != 0; });
  EXPECT_EQ(seen, 1u);
  EXPECT_TRUE(monitor->states().empty());
}

TEST_F(Monitoring, TakesCallsFromAnyThread) {
  LoopbackServer server(io_, reply_status(200));
  const std::uint16_t port = server.port();
  std::atomic<bool> done = false;
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 3; ++caller) {
      callers.emplace_back([&, caller] {
        for (int round = 0; round < 200; ++round) {
          if (caller == 0)
            monitor_->set_checks({check_of("a", port), check_of(round % 2 == 0 ? "b" : "c", port)});
          else
            (void)(caller == 1 ? monitor_->states().size() : metrics().size());
          std::this_thread::yield();
        }
      });
    }
    std::jthread finisher([&] {
      for (auto& caller : callers) caller.join();
      done = true;
      asio::post(io_, [] {});
    });
    run_until([&] { return done.load(); });
  }
  run_until([&] { return state("a").probes > 0 && state("c").probes > 0; });
  EXPECT_EQ(state("a").health, Health::kHealthy);
  EXPECT_EQ(monitor_->states().size(), 2u);
}

TEST_F(Monitoring, ExposesMetricsThatPromtoolAccepts) {
  LoopbackServer server(io_, reply_status(200));
  const RefusingPort closed(io_);
  auto down = check_of("down", closed.port());
  down->kind =
      model::TcpProbe{{.address = "127.0.0.1", .host = "", .port = closed.port()}, {}, "", ""};
  down->failure_threshold = 1;
  auto waiting = check_of("waiting", closed.port());
  waiting->failure_threshold = 1000;
  monitor_->set_checks({check_of("up", server.port()), down, waiting});
  run_until([&] { return verdicts_.size() == 2; });
  const std::string text = metrics();
  EXPECT_EQ(promtool_complaints(text), "");
  EXPECT_THAT(text, HasSubstr("signpost_health_check_healthy{check=\"down\"} 0\n"
                              "signpost_health_check_healthy{check=\"up\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signpost_health_checks{health=\"healthy\"} 1\n"
                              "signpost_health_checks{health=\"unhealthy\"} 1\n"
                              "signpost_health_checks{health=\"unknown\"} 1\n"));
  EXPECT_THAT(
      text, MatchesRegex("(.|\n)*probes_total\\{kind=\"tcp\",outcome=\"failure\"\\} [1-9](.|\n)*"));
  EXPECT_THAT(text,
              MatchesRegex("(.|\n)*probe_duration_seconds_count\\{kind=\"http\"\\} [1-9](.|\n)*"));
}

// Targets on hosts of their own, all of which pass.
class MonitoringHosts : public Monitoring {
 protected:
  MonitoringHosts() {
    monitor_ = std::make_unique<Monitor>(
        io_, [this](const CheckState& verdict) { verdicts_.push_back(verdict); }, ProbeSettings(),
        [this](const model::NoticeEvent& event) { events_.push_back(event); },
        BlindProberSettings{{}, std::chrono::hours(1)});
    std::vector<model::HealthCheckPtr> checks;
    for (const char* host : {"127.0.0.2", "127.0.0.3", "127.0.0.4"}) {
      servers_.push_back(std::make_unique<LoopbackServer>(io_, reply_status(200), host));
      auto check = check_of(host, servers_.back()->port());
      std::get<model::HttpProbe>(check->kind).target.address = host;
      // Long enough that a machine that is busy elsewhere probes all within one interval.
      check->request_interval = milliseconds(500);
      checks.push_back(check);
    }
    monitor_->set_checks(checks);
    run_until([&] { return verdicts_.size() == servers_.size(); });
  }

  std::vector<std::unique_ptr<LoopbackServer>> servers_;
  std::vector<model::NoticeEvent> events_;
};

TEST_F(MonitoringHosts, HoldsTheLastHealthWhileMostTargetsFailAtOnce) {
  for (const auto& server : servers_) server->set_conduct(reset_at_once());
  run_until([&] { return events_.size() == 1; });
  EXPECT_TRUE(std::get<model::BlindProberEvent>(events_[0]).blind);
  EXPECT_TRUE(monitor_->blind_since());
  EXPECT_THAT(metrics(), HasSubstr("signpost_health_prober_blind 1\n"));
  for (const auto& server : servers_) {
    const std::string host = server->address();
    run_probes(host, 4);  // more than the threshold
    EXPECT_EQ(state(host).health, Health::kHealthy);
    EXPECT_THAT(state(host).last_result, HasSubstr("Failure")) << "what is seen is told";
  }
  EXPECT_EQ(verdicts_.size(), servers_.size());

  servers_[0]->set_conduct(reply_status(200));
  run_until([&] { return events_.size() == 2; });
  EXPECT_FALSE(std::get<model::BlindProberEvent>(events_[1]).blind);
  EXPECT_FALSE(monitor_->blind_since());
  run_until([&] { return verdicts_.size() == servers_.size() + 2; });
  EXPECT_EQ(state("127.0.0.2").health, Health::kHealthy);
  EXPECT_EQ(state("127.0.0.3").health, Health::kUnhealthy);
  EXPECT_EQ(state("127.0.0.4").health, Health::kUnhealthy);
}

}  // namespace
}  // namespace signpost::health
