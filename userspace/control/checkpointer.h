// Moves what commits wrote to the write-ahead log into the database's file, so that no commit has
// to.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/sqlite.h"

namespace signpost::control {

class Checkpointer {
 public:
  struct Limits {
    int pages = 1000;                         // in the log, from which on it is worth a checkpoint
    std::uintmax_t log_octets = 64ull << 20;  // a longer file is cut off once it is copied
  };
  // With a connection of its own to the database at `path`.
  static absl::StatusOr<std::unique_ptr<Checkpointer>> start(const std::string& path,
                                                             Limits limits);
  // Finishes what is due.
  ~Checkpointer();

  // So many pages are in the log. From any thread; does not wait.
  void log_grew(int pages);

 private:
  Checkpointer(Database database, std::string log_path, Limits limits);
  void run();
  absl::Status checkpoint();

  Database database_;
  const std::string log_path_;
  const Limits limits_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool due_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace signpost::control
