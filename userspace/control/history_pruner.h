// Removes the oldest rows of the history, in the background, so that it does not grow for ever.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/sqlite.h"

namespace signpost::control {

// One step, a transaction that removes about `rows_max` rows: returns whether there is more to do.
// Afterwards at most `kept` changes can be undone. Between any two steps the history is whole from
// its oldest row on.
absl::StatusOr<bool> prune_history(Database& database, std::uint64_t kept, std::int64_t rows_max);

class HistoryPruner {
 public:
  // With a connection of its own to the database at `path`; log_grew: as
  // Database::leave_checkpoints_to().
  static absl::StatusOr<std::unique_ptr<HistoryPruner>> start(
      const std::string& path, std::uint64_t kept, std::function<void(int pages)> log_grew);
  // Ends between two steps; the next one goes on.
  ~HistoryPruner();

  // The history became longer. From any thread; does not wait.
  void history_grew();

 private:
  HistoryPruner(Database database, std::uint64_t kept);
  void run();

  Database database_;
  const std::uint64_t kept_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool due_ = true;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace signpost::control
