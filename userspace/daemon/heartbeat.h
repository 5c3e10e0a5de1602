// Tells the fast path again and again that the daemon lives.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "daemon/kernel_fast_path.h"

namespace signpost::daemon {

// On a thread of its own, so that nothing that takes long delays it.
class Heartbeat {
 public:
  // `pass_after`: datapath::beat().
  Heartbeat(KernelFastPath& fast_path, std::chrono::nanoseconds pass_after);

 private:
  void run(const std::stop_token& stop);

  KernelFastPath& fast_path_;
  const std::chrono::nanoseconds pass_after_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace signpost::daemon
