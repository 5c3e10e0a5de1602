// Writes the last good snapshot in the background, not more often than its interval.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"

namespace signpost::control {

class SnapshotWriter {
 public:
  // `write` is called on a thread of its own, and by the destructor if a change was not written
  // yet.
  SnapshotWriter(std::chrono::seconds interval, std::function<absl::Status()> write);
  ~SnapshotWriter();

  // The state changed. From any thread.
  void changed();

 private:
  void run();

  const std::chrono::seconds interval_;
  const std::function<absl::Status()> write_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool changed_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace signpost::control
