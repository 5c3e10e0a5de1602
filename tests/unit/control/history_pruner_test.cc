#include "control/history_pruner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/history_changes.h"
#include "control/state_database.h"
#include "control/store.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

using testing::HasSubstr;

HistoryEntry entry_of(model::ConfigGeneration generation) {
  HistoryEntry entry;
  entry.generation = generation;
  return entry;
}

class HistoryPrunerTest : public testing::Test {
 protected:
  HistoryPrunerTest() {
    auto opened = Database::open(path_, Database::Access::kReadWrite);
    EXPECT_TRUE(opened.ok()) << opened.status();
    database_.emplace(*std::move(opened));
    EXPECT_TRUE(prepare_for_writing(*database_).ok());
    EXPECT_TRUE(create_schema(*database_).ok());
  }

  // One more generation, which gives `regions` regions the latitude of its number.
  void change(int regions) {
    ++last_;
    Deltas deltas;
    for (int i = 0; i < regions; ++i) {
      const auto at = [](model::ConfigGeneration generation) {
        return std::make_shared<const model::Coordinates>(
            model::Coordinates{.latitude = static_cast<double>(generation), .longitude = 0});
      };
      deltas.regions.push_back(
          {absl::StrCat("region-", i), last_ == 1 ? nullptr : at(last_ - 1), at(last_)});
    }
    const absl::Status written =
        write_batch(*database_, entry_of(last_), deltas, 0, [] { return true; });
    ASSERT_TRUE(written.ok()) << written;
  }

  model::ConfigGeneration oldest() { return read_history_bounds(*database_)->first; }

  // Whether what is left of the history leads from its oldest generation to the newest.
  void expect_whole(int regions) {
    const auto deltas = read_deltas(*database_, oldest(), last_);
    ASSERT_TRUE(deltas.ok()) << deltas.status();
    if (oldest() == last_) return;
    ASSERT_EQ(deltas->regions.size(), static_cast<std::size_t>(regions));
    for (const auto& delta : deltas->regions) {
      EXPECT_EQ(delta.before->latitude, static_cast<double>(oldest()));
      EXPECT_EQ(delta.after->latitude, static_cast<double>(last_));
    }
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_ / "state.db";
  std::optional<Database> database_;
  model::ConfigGeneration last_ = 0;
};

TEST_F(HistoryPrunerTest, LeavesAHistoryAloneThatIsShortEnough) {
  for (int i = 0; i < 3; ++i) change(2);
  EXPECT_THAT(*prune_history(*database_, 3, 100), false);
  EXPECT_EQ(oldest(), 0u);
}

TEST_F(HistoryPrunerTest, LeavesTheHistoryWholeAfterEveryStep) {
  for (int i = 0; i < 5; ++i) change(3);
  int steps = 1;
  for (; *prune_history(*database_, 2, 2); ++steps) {
    if (oldest() > 0) expect_whole(3);
  }
  EXPECT_GT(steps, 4);
  EXPECT_EQ(oldest(), 3u);
  expect_whole(3);
}

TEST_F(HistoryPrunerTest, RemovesInOneStepNoMoreThanItsRows) {
  change(100);
  change(100);
  ASSERT_TRUE(*prune_history(*database_, 1, 10));
  auto count = database_->prepare("SELECT count(*) FROM history_changes");
  ASSERT_TRUE(count.ok() && *count->step());
  EXPECT_GE(count->integer(0), 190);
}

TEST_F(HistoryPrunerTest, FindsByItselfWhatAnEarlierProcessLeftToDo) {
  for (int i = 0; i < 3; ++i) change(2);
  {
    auto pruner = HistoryPruner::start(path_, 1, [](int) {});
    ASSERT_TRUE(pruner.ok()) << pruner.status();
    while (oldest() != 2) std::this_thread::yield();
  }
  expect_whole(2);
}

TEST(HistoryOfAStore, SaysThatAGenerationWasForgottenAndWhatToDo) {
  TemporaryFolder folder;
  auto store = Store::open(folder.path(), {.history_kept = 2});
  ASSERT_TRUE(store.ok()) << store.status();
  for (model::ConfigGeneration generation = 1; generation <= 5; ++generation) {
    ASSERT_TRUE((*store)->commit(entry_of(generation), {}, 0).ok());
  }
  while ((*store)->history_range()->first != 3) std::this_thread::yield();
  const absl::Status forgotten = (*store)->deltas_between(1, 5).status();
  EXPECT_TRUE(absl::IsNotFound(forgotten));
  EXPECT_THAT(std::string(forgotten.message()),
              HasSubstr("generation 1 is no longer in the history, which begins with 3; apply"));
  EXPECT_TRUE((*store)->deltas_between(3, 5).ok());
}

}  // namespace
}  // namespace signpost::control
