// Feeds the watchdog of who started the process (WatchdogSec= of systemd) as long as every thread
// that is watched answers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace signpost::daemon {

// Threads of one kind.
struct WatchedThreads {
  std::string name;
  std::size_t count = 1;
  // Has each of them call `answer` as soon as it is done with what it does now; returns at once.
  std::function<void(std::function<void()> answer)> ask;
};

class Watchdog {
 public:
  // `feed` is called a few times within `limit`, on a thread of the watchdog's own. Threads that
  // leave it unfed for half of the limit are named in the log.
  Watchdog(std::chrono::nanoseconds limit, std::vector<WatchedThreads> watched,
           std::function<void()> feed);
  // Ends the feeding. Answers may still come afterwards.
  ~Watchdog();

 private:
  struct Round;

  void run();
  bool all_answer();
  void tell_of_silence(Round& round) const;

  const std::chrono::nanoseconds limit_;
  const std::vector<WatchedThreads> watched_;
  const std::function<void()> feed_;
  std::shared_ptr<Round> round_;  // answers hold it as well
  std::thread thread_;
};

}  // namespace signpost::daemon
