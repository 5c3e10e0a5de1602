#include "control/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "control/soa_serial.h"
#include "policy/lookup.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Records the calls that it gets, and fails those that it is told to.
class FakeFastPath : public FastPath {
 public:
  policy::IdRegistry::Remembered remembered_ids() override { return {}; }
  absl::Status rebuild(const model::AnswerTable& table) override {
    return call("rebuild", table.generation);
  }
  absl::Status stage(const model::AnswerTable& table, const model::TableChange&) override {
    return call("stage", table.generation);
  }
  absl::Status activate() override { return call("activate", 0); }
  absl::Status settle() override { return call("settle", 0); }
  absl::Status abandon() override { return call("abandon", 0); }
  absl::Status remember_ids(const policy::IdRegistry::Journal&) override {
    return absl::OkStatus();
  }
  datapath::Publisher::Residence residence(const model::Answer&) override { return {true, ""}; }
  absl::Status check_room(const model::AnswerTable&, const model::TableChange&) override {
    return absl::OkStatus();
  }
  std::uint64_t answer_count(std::uint32_t) override { return 0; }
  FastPathReport report() override { return {}; }

  void fail(const std::string& step, absl::Status status) {
    std::lock_guard lock(mutex_);
    failing_ = step;
    failure_ = std::move(status);
  }

  // Waits for the n-th settle() since the start, and gives all calls since the last time.
  std::vector<std::string> calls_until_settled(int settles) {
    std::unique_lock lock(mutex_);
    settled_.wait_for(lock, std::chrono::seconds(10), [&] { return settles_ >= settles; });
    EXPECT_GE(settles_, settles);
    return std::exchange(calls_, {});
  }
  std::vector<std::string> calls() { return calls_until_settled(0); }

 private:
  absl::Status call(const std::string& step, std::uint64_t) {
    std::lock_guard lock(mutex_);
    calls_.push_back(step);
    if (step == "settle") {
      ++settles_;
      settled_.notify_all();
    }
    return step == failing_ ? failure_ : absl::OkStatus();
  }

  std::mutex mutex_;
  std::condition_variable settled_;
  int settles_ = 0;
  std::vector<std::string> calls_;
  std::string failing_;
  absl::Status failure_;
};

// The answer of api.example.com. A: the addresses of all variants, or "SERVFAIL".
std::string api_answer(const server::LiveTable& live) {
  const model::AnswerTablePtr table = live.load();
  const policy::Finding finding = policy::find(*table, name("api.example.com."), dns::RRType::kA);
  if (finding.kind != policy::FindingKind::kAnswer) return "none";
  std::string text;
  for (const model::Variant& variant : finding.answer->variants) {
    if (variant.outcome == model::Outcome::kServfail) return "SERVFAIL";
    const std::string_view octets = variant.octets;
    text += dns::format_rdata(dns::RRType::kA, octets.substr(octets.size() - 4)) + " ";
  }
  return text;
}

class ControllerTest : public testing::Test {
 protected:
  void start(bool with_fast_path = true,
             std::chrono::milliseconds wait = std::chrono::milliseconds(0)) {
    controller_.reset();
    store_.reset();
    auto opened = Store::open(folder_.path());
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    ControllerOptions options;
    options.first_verdict_wait = wait;
    options.checks_changed = [this](std::vector<model::HealthCheckPtr> checks) {
      checks_ = checks.size();
      if (on_checks_changed_) on_checks_changed_();
    };
    options.zones_changed = [this](const model::Config& config,
                                   const std::vector<dns::Name>& zones) {
      for (const dns::Name& zone : zones)
        zones_told_.push_back(absl::StrCat(zone.text(), " in ", config.generation));
    };
    controller_ = std::make_unique<Controller>(std::move(options), *store_, live_,
                                               with_fast_path ? &fast_path_ : nullptr);
    ASSERT_TRUE(controller_->start().ok());
  }

  model::ChangeBatch failover_batch() const {
    model::ChangeBatch batch = zone_batch("example.com.");
    batch.changes.push_back(model::PutHealthCheck{check("check-one")});
    batch.changes.push_back(model::PutHealthCheck{check("check-two")});
    batch.changes.push_back(
        put("example.com.", "api.example.com.", failover("192.0.2.1", "192.0.2.2")));
    return batch;
  }

  static health::CheckState verdict(const std::string& id, model::Health health) {
    health::CheckState state;
    state.id = id;
    state.health = health;
    state.since = std::chrono::system_clock::now();
    return state;
  }

  static model::ChangeBatch www(const std::string& address) {
    model::ChangeBatch batch;
    batch.changes.push_back(
        put("example.com.", "www.example.com.", simple(dns::RRType::kA, 60, {address})));
    return batch;
  }

  std::uint32_t serial() const {
    const model::ZonePtr zone = *controller_->running()->config.zones.find(name("example.com."));
    return serial_of(*zone->group(name("example.com."), dns::RRType::kSoa)).value();
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  server::LiveTable live_;
  FakeFastPath fast_path_;
  std::unique_ptr<Controller> controller_;
  std::atomic<std::size_t> checks_{0};
  std::function<void()> on_checks_changed_;
  std::vector<std::string> zones_told_;
};

TEST_F(ControllerTest, PublishesABatchInTheOrderOfTheProtocol) {
  start();
  EXPECT_THAT(fast_path_.calls(), ElementsAre("rebuild"));
  const auto result = controller_->apply(failover_batch());
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->generation, 1u);
  EXPECT_EQ(result->counts.added, 7u);
  EXPECT_THAT(fast_path_.calls_until_settled(1), ElementsAre("stage", "activate", "settle"));
  EXPECT_EQ(api_answer(live_), "192.0.2.1 ");
  EXPECT_EQ(live_.load()->generation, result->table_generation);
  EXPECT_EQ(checks_, 2u);
  EXPECT_EQ(controller_->running()->record_sets_total, 4u);
}

TEST_F(ControllerTest, TellsOfZonesWhoseRecordsChangedOnceTheyAreServed) {
  start();
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  ASSERT_TRUE(controller_->apply(www("192.0.2.9")).ok());
  model::ChangeBatch other;
  other.changes.push_back(model::PutRegion{"here", {1, 2}});
  ASSERT_TRUE(controller_->apply(other).ok());
  EXPECT_THAT(zones_told_, ElementsAre("example.com. in 1", "example.com. in 2"));
  zones_told_.clear();
  start();
  EXPECT_THAT(zones_told_, ElementsAre("example.com. in 3"));
}

TEST_F(ControllerTest, ServesTheLastAnswersToExternalAliasesAfterARestart) {
  const std::string key = model::external_key(name("lb.example.net."), dns::RRType::kA);
  model::RecordGroup alias;
  alias.type = dns::RRType::kA;
  alias.sets.emplace_back();
  model::AliasTarget target;
  target.name = name("lb.example.net.");
  target.external = true;
  alias.sets.front().alias = model::Boxed<model::AliasTarget>(target);
  start();
  model::ChangeBatch batch = zone_batch("example.com.");
  batch.changes.push_back(
      put("example.com.", "api.example.com.", std::make_shared<const model::RecordGroup>(alias)));
  ASSERT_TRUE(controller_->apply(batch).ok());
  EXPECT_EQ(api_answer(live_), "SERVFAIL");
  controller_->on_external(key, std::make_shared<const model::ExternalAnswer>(model::ExternalAnswer{
                                    {std::string("\xc0\x00\x02\x09", 4)}, 30, 1000, false}));
  controller_->dependents({});  // behind it in the queue
  start();
  EXPECT_EQ(api_answer(live_), "192.0.2.9 ");
  EXPECT_EQ((*controller_->running()->seen.external.find(key))->resolved, 1000);

  model::ChangeBatch without;
  without.changes.push_back(
      put("example.com.", "api.example.com.", simple(dns::RRType::kA, 60, {"192.0.2.1"})));
  ASSERT_TRUE(controller_->apply(without).ok());
  controller_->dependents({});
  start();
  EXPECT_EQ(controller_->running()->seen.external.find(key), nullptr);
}

TEST_F(ControllerTest, ChangesNothingIfStagingFails) {
  start();
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  fast_path_.calls_until_settled(1);
  const model::AnswerTablePtr before = live_.load();
  fast_path_.fail("stage", absl::ResourceExhaustedError("the map is full; raise --max-nodes"));
  const auto result = controller_->apply(www("192.0.2.9"));
  EXPECT_TRUE(absl::IsResourceExhausted(result.status())) << result.status();
  EXPECT_EQ(live_.load(), before);
  EXPECT_EQ(controller_->running()->config.generation, 1u);
  EXPECT_THAT(controller_->running()->last_publish_error, HasSubstr("stage: the map is full"));
  EXPECT_EQ(store_->history(0, 10)->size(), 2u);
  EXPECT_THAT(fast_path_.calls(), ElementsAre("stage"));
  fast_path_.fail("", absl::OkStatus());
  const auto again = controller_->apply(www("192.0.2.9"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->generation, 2u);
  EXPECT_TRUE(controller_->running()->last_publish_error.empty());
}

TEST_F(ControllerTest, RefusesABatchForAnotherGeneration) {
  start(false);
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  EXPECT_TRUE(absl::IsAborted(controller_->apply(www("192.0.2.9"), 7).status()));
  EXPECT_TRUE(controller_->apply(www("192.0.2.9"), 1).ok());
}

TEST_F(ControllerTest, RefusesAnInvalidBatchWhole) {
  start();
  model::ChangeBatch batch = failover_batch();
  batch.changes.push_back(put("example.com.", "www.example.com.",
                              simple(dns::RRType::kCname, 60, {"api.example.com."})));
  batch.changes.push_back(
      put("example.com.", "www.example.com.", simple(dns::RRType::kA, 60, {"192.0.2.1"})));
  EXPECT_TRUE(absl::IsInvalidArgument(controller_->apply(batch).status()));
  EXPECT_TRUE(controller_->running()->config.zones.empty());
  EXPECT_EQ(store_->history(0, 10)->size(), 1u);
  EXPECT_THAT(fast_path_.calls(), ElementsAre("rebuild"));
}

TEST_F(ControllerTest, MakesNoGenerationOfABatchThatChangesNothing) {
  start(false);
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  model::ChangeBatch same;
  same.changes.push_back(model::PutHealthCheck{check("check-one")});
  const auto result = controller_->apply(same);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->generation, 1u);
}

TEST_F(ControllerTest, MovesTheSerialWithEveryChangeOfTheZone) {
  start(false);
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  EXPECT_EQ(serial(), 5u);
  ASSERT_TRUE(controller_->apply(www("192.0.2.9")).ok());
  EXPECT_EQ(serial(), 6u);
  const auto soa = [](const std::string& serial) {
    return put(
        "example.com.", "example.com.",
        simple(dns::RRType::kSoa, 900,
               {"ns1.example.net. hostmaster.example.net. " + serial + " 7200 900 1209600 301"}));
  };
  model::ChangeBatch behind = www("192.0.2.10");
  behind.changes.push_back(soa("3"));
  ASSERT_TRUE(controller_->apply(behind).ok());
  EXPECT_EQ(serial(), 7u);
  model::ChangeBatch ahead = www("192.0.2.11");
  ahead.changes.push_back(soa("2026112101"));
  ASSERT_TRUE(controller_->apply(ahead).ok());
  EXPECT_EQ(serial(), 2026112101u);
}

TEST_F(ControllerTest, FollowsVerdictsAndRemembersThem) {
  start();
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  fast_path_.calls_until_settled(1);
  controller_->on_verdict(verdict("check-one", model::Health::kUnhealthy));
  EXPECT_THAT(fast_path_.calls_until_settled(2), ElementsAre("stage", "activate", "settle"));
  EXPECT_EQ(api_answer(live_), "192.0.2.2 ");
  EXPECT_EQ(controller_->running()->config.generation, 1u);
  EXPECT_EQ(live_.load()->generation, 3u);
  start();
  EXPECT_EQ(api_answer(live_), "192.0.2.2 ");
  EXPECT_EQ(controller_->known_health().at("check-one").health, model::Health::kUnhealthy);
}

TEST_F(ControllerTest, IgnoresVerdictsOfChecksThatAreGone) {
  start();
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  fast_path_.calls_until_settled(1);
  controller_->on_verdict(verdict("stranger", model::Health::kUnhealthy));
  controller_->on_verdict(verdict("check-one", model::Health::kUnhealthy));
  fast_path_.calls_until_settled(2);
  EXPECT_EQ(controller_->known_health().count("stranger"), 0u);
}

TEST_F(ControllerTest, PublishesAVerdictAgainThatCouldNotBePublished) {
  start();
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  fast_path_.calls_until_settled(1);
  fast_path_.fail("stage", absl::ResourceExhaustedError("full"));
  controller_->on_verdict(verdict("check-one", model::Health::kUnhealthy));
  // Any change waits behind the verdict.
  EXPECT_FALSE(controller_->apply(www("192.0.2.9")).ok());
  EXPECT_EQ(api_answer(live_), "192.0.2.1 ");
  fast_path_.fail("", absl::OkStatus());
  fast_path_.calls_until_settled(2);
  EXPECT_EQ(api_answer(live_), "192.0.2.2 ");
}

TEST_F(ControllerTest, ServesServfailUntilTheFirstVerdictsAreIn) {
  start(true);
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  fast_path_.calls_until_settled(1);
  start(true, std::chrono::hours(1));
  EXPECT_EQ(api_answer(live_), "SERVFAIL");
  controller_->on_verdict(verdict("check-one", model::Health::kHealthy));
  controller_->on_verdict(verdict("check-two", model::Health::kHealthy));
  // Both may come as one or as two tables.
  for (int settles = 2; api_answer(live_) == "SERVFAIL" && settles < 4; ++settles) {
    fast_path_.calls_until_settled(settles);
  }
  EXPECT_EQ(api_answer(live_), "192.0.2.1 ");
}

TEST_F(ControllerTest, TakesUnknownHealthForHealthyAfterTheWait) {
  start(true);
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  fast_path_.calls_until_settled(1);
  start(true, std::chrono::milliseconds(50));
  EXPECT_EQ(api_answer(live_), "SERVFAIL");
  fast_path_.calls_until_settled(2);
  EXPECT_EQ(api_answer(live_), "192.0.2.1 ");
}

TEST_F(ControllerTest, NamesWhatDependsOnACheck) {
  start(false);
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  const auto dependents = controller_->dependents({"check-two", "stranger"});
  ASSERT_EQ(dependents.size(), 2u);
  ASSERT_EQ(dependents[0].size(), 1u);
  EXPECT_EQ(dependents[0][0].first, name("api.example.com."));
  EXPECT_TRUE(dependents[1].empty());
}

TEST_F(ControllerTest, AnswersOnItsThreadOnceItIsDoneWithWhatItDoes) {
  start();
  std::promise<void> busy;
  std::promise<void> go_on;
  on_checks_changed_ = [&] {
    busy.set_value();
    go_on.get_future().wait();
  };
  std::atomic<bool> applied{false};
  std::thread client([&] {
    EXPECT_TRUE(controller_->apply(failover_batch()).ok());
    applied = true;
  });
  busy.get_future().wait();
  std::promise<bool> answer;
  controller_->ask_thread([&] { answer.set_value(checks_ == 2); });
  std::future<bool> answered = answer.get_future();
  EXPECT_EQ(answered.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  go_on.set_value();
  EXPECT_TRUE(answered.get());
  client.join();
  EXPECT_TRUE(applied);
}

TEST_F(ControllerTest, RefusesChangesOnceItStops) {
  start(false);
  controller_->stop();
  EXPECT_TRUE(absl::IsUnavailable(controller_->apply(failover_batch()).status()));
}

TEST_F(ControllerTest, WritesTheSnapshotWhenItStops) {
  start(false);
  ASSERT_TRUE(controller_->apply(failover_batch()).ok());
  controller_->stop();
  const auto snapshot = read_snapshot(folder_ / "snapshot.bin");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->config.generation, 1u);
  EXPECT_EQ(snapshot->last_zone_id, 1u);
}

TEST_F(ControllerTest, CountsFailuresByStep) {
  start();
  fast_path_.fail("stage", absl::ResourceExhaustedError("full"));
  EXPECT_FALSE(controller_->apply(failover_batch()).ok());
  metrics::Registry registry;
  const auto registration = registry.add(
      [&](std::vector<metrics::Family>& families) { controller_->collect_metrics(families); });
  EXPECT_THAT(registry.expose(), HasSubstr("signpost_publish_failures_total{step=\"stage\"} 1\n"));
}

}  // namespace
}  // namespace signpost::control
