// What a plan says of the room that its answer table needs, beside what an apply then takes.
#include "control/table_forecast.h"

#include <gmock/gmock.h>

#include "control/batch_preparation.h"
#include "datapath/publisher.h"
#include "policy/validate.h"
#include "tests/support/memory_maps.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A fast path whose maps lie in plain memory.
class MemoryFastPath : public FastPath {
 public:
  explicit MemoryFastPath(const datapath::Capacity& capacity)
      : maps_(capacity), publisher_(maps_) {}

  policy::IdRegistry::Remembered remembered_ids() override { return {}; }
  absl::Status rebuild(const model::AnswerTable& table) override {
    return publisher_.rebuild(table);
  }
  absl::Status stage(const model::AnswerTable& table, const model::TableChange& change) override {
    return publisher_.stage(table, change);
  }
  absl::Status activate() override { return publisher_.activate(); }
  absl::Status settle() override { return publisher_.settle(); }
  absl::Status abandon() override { return publisher_.abandon(); }
  absl::Status remember_ids(const policy::IdRegistry::Journal&) override {
    return absl::OkStatus();
  }
  datapath::Publisher::Residence residence(const model::Answer& answer) override {
    return publisher_.residence(answer);
  }
  absl::Status check_room(const model::AnswerTable& table,
                          const model::TableChange& change) override {
    return publisher_.check_room(table, change);
  }
  std::uint64_t answer_count(std::uint32_t) override { return 0; }
  FastPathReport report() override {
    FastPathReport report;
    report.nodes_used = publisher_.use().nodes;
    report.cells_used = publisher_.use().cells;
    report.nodes_capacity = maps_.capacity().nodes;
    report.cells_capacity = maps_.capacity().cells;
    return report;
  }

 private:
  testing::MemoryMaps maps_;
  datapath::Publisher publisher_;
};

// `count` names, each of `values` addresses that take their turn in coming first.
model::ChangeBatch names_batch(int count, int values = 1) {
  model::ChangeBatch batch = zone_batch("example.com.");
  std::vector<std::string> addresses;
  for (int i = 0; i < values; ++i) addresses.push_back("192.0.2." + std::to_string(i));
  const model::RecordGroupPtr group = simple(dns::RRType::kA, 60, addresses);
  for (int i = 0; i < count; ++i)
    batch.changes.push_back(put("example.com.", "n" + std::to_string(i) + ".example.com.", group));
  return batch;
}

class TableForecastTest : public ::testing::Test {
 protected:
  void start(const datapath::Capacity& capacity) {
    auto opened = Store::open(folder_.path());
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    fast_path_ = std::make_unique<MemoryFastPath>(capacity);
    controller_ =
        std::make_unique<Controller>(ControllerOptions(), *store_, live_, fast_path_.get());
    ASSERT_TRUE(controller_->start().ok());
  }

  v1::TableForecast forecast(model::ChangeBatch batch, bool with_fast_path = true) {
    const RunningPtr running = controller_->running();
    prepare(running->config, running->last_zone_id, batch);
    const auto after = policy::apply_batch(running->config, batch);
    EXPECT_TRUE(after.ok()) << after.status();
    auto forecast = forecast_table(*controller_, with_fast_path ? fast_path_.get() : nullptr,
                                   running, *after, batch, nullptr);
    EXPECT_TRUE(forecast.ok()) << forecast.status();
    return *forecast;
  }

  absl::Status apply(model::ChangeBatch batch) {
    return controller_->apply(std::move(batch), std::nullopt).status();
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_;
  server::LiveTable live_;
  std::unique_ptr<MemoryFastPath> fast_path_;
  std::unique_ptr<Controller> controller_;
};

TEST_F(TableForecastTest, IsWhatTheApplyThenTakes) {
  start({.nodes = 1000, .cells = 10'000});
  for (const model::ChangeBatch& batch : {names_batch(20), names_batch(100, 3)}) {
    const v1::TableForecast told = forecast(batch);
    EXPECT_EQ(told.refusal(), "");
    EXPECT_THAT(warnings_of(told), IsEmpty());
    ASSERT_TRUE(apply(batch).ok());
    controller_->dependents({});  // the table is settled behind it
    EXPECT_EQ(told.nodes(), fast_path_->report().nodes_used);
    EXPECT_EQ(told.cells(), fast_path_->report().cells_used);
    EXPECT_EQ(told.nodes_capacity(), 1000u);
    EXPECT_EQ(told.cells_capacity(), 10'000u);
  }
}

TEST_F(TableForecastTest, TellsBeforeTheApplyThatNamesDoNotFit) {
  start({.nodes = 50, .cells = 10'000});
  const v1::TableForecast told = forecast(names_batch(60));
  EXPECT_EQ(told.refusal(),
            "the table needs 63 nodes, and --max-nodes allows 50: raise --max-nodes");
  EXPECT_THAT(warnings_of(told), ElementsAre("apply will be refused: " + told.refusal()));
  const absl::Status refused = apply(names_batch(60));
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("raise --max-nodes"));
}

TEST_F(TableForecastTest, TellsBeforeTheApplyThatCellsDoNotFit) {
  start({.nodes = 1000, .cells = 100});
  const v1::TableForecast told = forecast(names_batch(60, 3));
  EXPECT_GT(told.cells(), told.cells_capacity());
  EXPECT_THAT(told.refusal(), HasSubstr("raise --max-cells"));
  EXPECT_EQ(apply(names_batch(60, 3)).code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(TableForecastTest, TellsThatOldAndNewCellsDoNotFitTogether) {
  start({.nodes = 1000, .cells = 500});
  ASSERT_TRUE(apply(names_batch(50, 3)).ok());
  controller_->dependents({});
  const v1::TableForecast told = forecast(names_batch(50, 4));
  EXPECT_LT(told.cells(), told.cells_capacity()) << "the table alone fits";
  EXPECT_THAT(told.refusal(), HasSubstr("raise --max-cells"));
  EXPECT_EQ(apply(names_batch(50, 4)).code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(TableForecastTest, TellsTheSameOfABatchThatIsCompiledApart) {
  start({.nodes = 1u << 17, .cells = 1u << 17});
  const model::ChangeBatch batch = names_batch(static_cast<int>(kForecastByController));
  ASSERT_GT(batch.changes.size(), kForecastByController);
  const v1::TableForecast told = forecast(batch);
  EXPECT_EQ(told.refusal(), "");
  ASSERT_TRUE(apply(batch).ok());
  controller_->dependents({});
  EXPECT_EQ(told.nodes(), fast_path_->report().nodes_used);
  EXPECT_EQ(told.cells(), fast_path_->report().cells_used);
}

TEST_F(TableForecastTest, TellsWhatIsNeededWithoutAFastPath) {
  start({.nodes = 50, .cells = 100});
  const v1::TableForecast told = forecast(names_batch(60), false);
  EXPECT_EQ(told.nodes(), 63u);
  EXPECT_EQ(told.nodes_capacity(), 0u);
  EXPECT_EQ(told.refusal(), "");
}

TEST_F(TableForecastTest, TellsWhatTheSlowPathAloneWillAnswer) {
  start({.nodes = 1000, .cells = 10'000});
  model::ChangeBatch batch = names_batch(1);
  batch.changes.push_back(
      put("example.com.", "cut.example.com.", simple(dns::RRType::kNs, 60, {"ns1.example.net."})));
  const v1::TableForecast told = forecast(batch);
  EXPECT_EQ(told.passed_answers(), 1u) << "the delegation";
  EXPECT_EQ(told.answers(), 4u) << "of SOA, NS, the name, and the delegation";
}

TEST(TableForecast, WarnsOfRingsAndCountersBeyondTheirNumbers) {
  v1::TableForecast forecast;
  forecast.set_rings(12);
  forecast.set_rings_capacity(10);
  forecast.set_counters(105);
  forecast.set_counters_capacity(100);
  EXPECT_THAT(warnings_of(forecast),
              ElementsAre("2 of 12 rings will share one cursor: their shares hold on average, and "
                          "not in turn",
                          "the answers of 5 of 105 choices will not be counted"));
}

}  // namespace
}  // namespace signpost::control
