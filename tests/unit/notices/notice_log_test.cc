#include "notices/notice_log.h"

#include <gmock/gmock.h>

#include <future>

namespace signpost::notices {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::chrono::seconds kGuard{20};

model::NoticeEvent flip(const std::string& check) {
  return model::HealthFlipEvent{check, "http://192.0.2.1/", model::Health::kHealthy,
                                model::Health::kUnhealthy, "Failure: refused"};
}

std::vector<std::uint64_t> numbers(const std::vector<model::NoticePtr>& notices) {
  std::vector<std::uint64_t> all;
  for (const model::NoticePtr& notice : notices) all.push_back(notice->number);
  return all;
}

TEST(NoticeLog, ShowsNoticesOnceTheyAreStored) {
  NoticeLog log;
  log.post(flip("a"));
  log.post(flip("b"));
  EXPECT_THAT(numbers(log.unstored()), ElementsAre(1, 2));
  EXPECT_THAT(log.after(0, 10), IsEmpty());
  log.mark_stored(1);
  EXPECT_THAT(numbers(log.after(0, 10)), ElementsAre(1));
  EXPECT_THAT(numbers(log.unstored()), ElementsAre(2));
  EXPECT_EQ(log.last(), 1u);
}

TEST(NoticeLog, ForgetsTheOldest) {
  NoticeLog log({}, 3);
  for (int i = 0; i < 5; ++i) log.post(flip("a"));
  log.mark_stored(5);
  EXPECT_THAT(numbers(log.after(0, 10)), ElementsAre(3, 4, 5));
  EXPECT_THAT(numbers(log.after(3, 1)), ElementsAre(4));
}

TEST(NoticeLog, CountsOnAfterWhatIsKept) {
  NoticeLog before;
  for (int i = 0; i < 4; ++i) before.post(flip("a"));
  before.mark_stored(4);
  NoticeLog log(before.after(0, 10));
  EXPECT_EQ(log.last(), 4u);
  log.post(flip("b"));
  EXPECT_THAT(numbers(log.unstored()), ElementsAre(5));
}

TEST(NoticeLog, WakesWhoWaitsForANotice) {
  NoticeLog log;
  auto woken = std::async(std::launch::async, [&] { return log.wait(0, kGuard); });
  log.post(flip("a"));
  log.mark_stored(1);
  EXPECT_TRUE(woken.get());
}

TEST(NoticeLog, WakesEverybodyWhenItIsClosed) {
  NoticeLog log;
  auto woken = std::async(std::launch::async, [&] { return log.wait(0, kGuard); });
  log.close();
  EXPECT_FALSE(woken.get());
  EXPECT_TRUE(log.closed());
}

}  // namespace
}  // namespace signpost::notices
