#include "daemon/watchdog.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/log.h"

namespace signpost::daemon {

// What one question to all threads came to.
struct Watchdog::Round {
  bool complete() const {
    return std::all_of(missing.begin(), missing.end(), [](std::size_t n) { return n == 0; });
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::size_t> missing;  // answers, by index of watched_
  bool stopping = false;
};

Watchdog::Watchdog(std::chrono::nanoseconds limit, std::vector<WatchedThreads> watched,
                   std::function<void()> feed)
    : limit_(limit),
      watched_(std::move(watched)),
      feed_(std::move(feed)),
      round_(std::make_shared<Round>()),
      thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    std::lock_guard lock(round_->mutex);
    round_->stopping = true;
  }
  round_->changed.notify_all();
  thread_.join();
}

void Watchdog::run() {
  while (all_answer()) {
    feed_();
    std::unique_lock lock(round_->mutex);
    if (round_->changed.wait_for(lock, limit_ / 4, [this] { return round_->stopping; })) return;
  }
}

// Asks every thread and waits until all have answered; false if the watchdog is to stop.
bool Watchdog::all_answer() {
  const auto asked = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(round_->mutex);
    round_->missing.clear();
    for (const WatchedThreads& each : watched_) round_->missing.push_back(each.count);
  }
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    watched_[i].ask([round = round_, i] {
      std::lock_guard lock(round->mutex);
      --round->missing[i];
      round->changed.notify_all();
    });
  }
  const auto answered = [this] { return round_->stopping || round_->complete(); };
  std::unique_lock lock(round_->mutex);
  if (!round_->changed.wait_until(lock, asked + limit_ / 2, answered)) {
    tell_of_silence(*round_);
    round_->changed.wait(lock, answered);
  }
  return !round_->stopping;
}

void Watchdog::tell_of_silence(Round& round) const {
  std::vector<std::string> silent;
  for (std::size_t i = 0; i < watched_.size(); ++i)
    if (round.missing[i] != 0) silent.push_back(watched_[i].name);
  log::error("threads do not answer; the watchdog will restart the daemon unless they do soon",
             {{"threads", absl::StrJoin(silent, ",")},
              {"seconds", std::chrono::duration_cast<std::chrono::seconds>(limit_ / 2).count()}});
}

}  // namespace signpost::daemon
