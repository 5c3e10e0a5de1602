// The running daemon: all objects and their threads.
#pragma once

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

  // Reads the geographic data and the table of latencies anew, in the background.
  void reload();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::daemon
