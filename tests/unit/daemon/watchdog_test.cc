#include "daemon/watchdog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"

namespace signpost::daemon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr seconds kPatience{20};

WatchedThreads prompt(const std::string& name) {
  return {name, 1, [](const std::function<void()>& answer) { answer(); }};
}

// A thread that answers when the test says so.
class SlowThread {
 public:
  WatchedThreads watched(const std::string& name) {
    return {name, 1, [this](std::function<void()> answer) {
              if (!std::exchange(asked_, true)) question_.set_value(std::move(answer));
            }};
  }
  std::function<void()> question() { return question_.get_future().get(); }

 private:
  bool asked_ = false;
  std::promise<std::function<void()>> question_;
};

// Takes what is written to standard error, for as long as it lives.
class StandardError {
 public:
  StandardError() : saved_(dup(STDERR_FILENO)) {
    EXPECT_EQ(pipe(pipe_), 0);
    dup2(pipe_[1], STDERR_FILENO);
  }
  ~StandardError() {
    dup2(saved_, STDERR_FILENO);
    for (const int descriptor : {saved_, pipe_[0], pipe_[1]}) close(descriptor);
  }
  std::string await_text() {
    char text[4096];
    const ssize_t size = read(pipe_[0], text, sizeof text);
    return {text, size < 0 ? 0 : static_cast<std::size_t>(size)};
  }

 private:
  const int saved_;
  int pipe_[2];
};

TEST(Watchdog, FeedsAgainAndAgainWhileAllThreadsAnswer) {
  std::latch fed(3);
  std::atomic<int> times{0};
  const Watchdog watchdog(milliseconds(40), {prompt("control"), prompt("probes")}, [&] {
    if (++times <= 3) fed.count_down();
  });
  fed.wait();
}

TEST(Watchdog, DoesNotFeedBeforeTheLastThreadHasAnswered) {
  SlowThread slow;
  std::atomic<bool> answered{false};
  std::promise<bool> fed;
  const Watchdog watchdog(seconds(60), {prompt("control"), slow.watched("probes")},
                          [&] { fed.set_value(answered); });
  const std::function<void()> answer = slow.question();
  answered = true;
  answer();
  std::future<bool> was_answered = fed.get_future();
  ASSERT_EQ(was_answered.wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(was_answered.get());
}

TEST(Watchdog, WaitsForEveryThreadOfAKind) {
  std::promise<std::function<void()>> question;
  std::atomic<int> answers{0};
  std::promise<int> fed;
  const WatchedThreads two{"dns", 2, [&](std::function<void()> answer) {
                             ++answers;
                             answer();
                             question.set_value(std::move(answer));
                           }};
  const Watchdog watchdog(seconds(60), {two}, [&] { fed.set_value(answers); });
  const std::function<void()> second = question.get_future().get();
  ++answers;
  second();
  EXPECT_EQ(fed.get_future().get(), 2);
}

TEST(Watchdog, NamesTheThreadsThatAreSilentForHalfOfTheLimitAndFeedsNothing) {
  ASSERT_TRUE(log::initialise("error").ok());
  SlowThread hung;
  std::atomic<int> fed{0};
  StandardError standard_error;
  const Watchdog watchdog(milliseconds(40), {prompt("control"), hung.watched("probes")},
                          [&] { ++fed; });
  const std::string said = standard_error.await_text();
  EXPECT_THAT(said, HasSubstr("threads=probes"));
  EXPECT_THAT(said, Not(HasSubstr("control")));
  EXPECT_EQ(fed, 0);
}

TEST(Watchdog, TakesAnAnswerThatComesAfterItsEnd) {
  SlowThread slow;
  auto watchdog =
      std::make_unique<Watchdog>(seconds(60), std::vector{slow.watched("probes")}, [] {});
  const std::function<void()> answer = slow.question();
  watchdog.reset();
  answer();
}

}  // namespace
}  // namespace signpost::daemon
