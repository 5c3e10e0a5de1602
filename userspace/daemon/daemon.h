// The running daemon: all objects and their threads.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "daemon/options.h"

namespace signpost::daemon {

class Daemon {
 public:
  explicit Daemon(Options options);
  ~Daemon();

  // Serves once it returns OK. Errors are one sentence each; nothing runs then.
  absl::Status start();

  // Ends everything and joins all threads. Detaches from the interface, unless told to stay.
  void stop();

  // stop() will leave the program attached, whatever the options say.
  void keep_attached();

  // Calls `feed` a few times within `limit` from now on, as long as the threads that decide, probe
  // and answer do their work.
  void feed_watchdog(std::chrono::nanoseconds limit, std::function<void()> feed);

  // Reads the geographic data and the table of latencies anew, in the background; secrets and the
  // certificate at once.
  void reload();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::daemon
