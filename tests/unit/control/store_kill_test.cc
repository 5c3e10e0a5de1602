// An acknowledged batch survives kill -9 at any moment.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "control/batch_preparation.h"
#include "control/store.h"
#include "policy/validate.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

constexpr int kKills = 200;

model::RecordGroupPtr numbered(std::uint64_t generation) {
  return simple(dns::RRType::kTxt, 60, {"\"" + std::to_string(generation) + "\""});
}

// Commits one batch after the other, and writes the number of each to `acknowledge` once it is
// committed.
[[noreturn]] void commit_until_killed(const std::string& folder, int acknowledge) {
  auto store = Store::open(folder);
  if (!store.ok()) _exit(1);
  StoredState state = (*store)->take_state();
  model::ZoneId last = state.last_zone_id;
  for (;;) {
    const std::uint64_t next = state.config.generation + 1;
    model::ChangeBatch batch;
    if (state.config.zones.empty()) batch = zone_batch("example.com.");
    batch.changes.push_back(put("example.com.", "number.example.com.", numbered(next)));
    batch.changes.push_back(
        put("example.com.", "n" + std::to_string(next % 50) + ".example.com.", numbered(next)));
    last = prepare(state.config, last, batch);
    auto after = policy::apply_batch(state.config, batch);
    if (!after.ok()) _exit(2);
    HistoryEntry entry;
    entry.generation = next;
    entry.author = "tester";
    if (!(*store)->commit(entry, deltas_of(state.config, *after, batch), last).ok()) _exit(3);
    state.config = *after;
    if (write(acknowledge, &next, sizeof(next)) != sizeof(next)) _exit(4);
  }
}

// Lets a child commit, kills it after `delay`, and gives the last number that it acknowledged.
std::uint64_t run_and_kill(const std::string& folder, std::chrono::microseconds delay) {
  int ends[2];
  if (pipe(ends) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    commit_until_killed(folder, ends[1]);
  }
  close(ends[1]);
  std::uint64_t acknowledged = 0;
  // The delay runs from the first acknowledgement, so that commits are under way.
  bool alive = read(ends[0], &acknowledged, sizeof(acknowledged)) == sizeof(acknowledged);
  EXPECT_TRUE(alive) << "the child could not commit";
  usleep(static_cast<useconds_t>(delay.count()));
  kill(child, SIGKILL);
  while (alive) {
    std::uint64_t next = 0;
    alive = read(ends[0], &next, sizeof(next)) == sizeof(next);
    if (alive) acknowledged = next;
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return acknowledged;
}

TEST(Store, KeepsEveryAcknowledgedBatchThroughTwoHundredKills) {
  TemporaryFolder folder;
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> delay(0, 10000);
  for (int kills = 0; kills < kKills; ++kills) {
    const std::uint64_t acknowledged =
        run_and_kill(folder.path(), std::chrono::microseconds(delay(random)));
    // open() runs the integrity check and would move a damaged file aside.
    auto store = Store::open(folder.path());
    ASSERT_TRUE(store.ok()) << store.status();
    const StoredState state = (*store)->take_state();
    ASSERT_GE(state.config.generation, acknowledged);
    ASSERT_LE(state.config.generation, acknowledged + 1);
    const model::ZonePtr* zone = state.config.zones.find(name("example.com."));
    ASSERT_NE(zone, nullptr);
    const auto* group = (*zone)->group(name("number.example.com."), dns::RRType::kTxt);
    ASSERT_NE(group, nullptr);
    ASSERT_EQ(*group, *numbered(state.config.generation));
    ASSERT_TRUE(std::filesystem::exists(folder / "state.db"));
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(entry.path().string().find("corrupt"), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace signpost::control
