#include "control/checkpointer.h"

#include <filesystem>
#include <utility>

#include "base/log.h"
#include "base/status.h"

namespace signpost::control {

absl::StatusOr<std::unique_ptr<Checkpointer>> Checkpointer::start(const std::string& path,
                                                                  Limits limits) {
  ASSIGN_OR_RETURN(Database database, Database::open(path, Database::Access::kReadWrite));
  return std::unique_ptr<Checkpointer>(
      new Checkpointer(std::move(database), path + "-wal", limits));
}

Checkpointer::Checkpointer(Database database, std::string log_path, Limits limits)
    : database_(std::move(database)),
      log_path_(std::move(log_path)),
      limits_(limits),
      thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void Checkpointer::log_grew(int pages) {
  if (pages < limits_.pages) return;
  {
    std::lock_guard lock(mutex_);
    due_ = true;
  }
  woken_.notify_one();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    woken_.wait(lock, [this] { return due_ || stopping_; });
    if (!std::exchange(due_, false)) return;
    lock.unlock();
    if (const absl::Status done = checkpoint(); !done.ok()) {
      static log::RateLimit limit;
      log::warning(limit, "the write-ahead log could not be copied to the database; it grows",
                   {{"log", log_path_}, {"error", std::string(done.message())}});
    }
    lock.lock();
  }
}

// A passive checkpoint keeps neither readers nor the writer waiting. Cutting the log off does, for
// a moment, so it comes last, and is left to the next time where somebody else is at work.
absl::Status Checkpointer::checkpoint() {
  ASSIGN_OR_RETURN(const bool is_whole, database_.checkpoint(Database::Checkpoint::kPassive));
  std::error_code unknown;
  const std::uintmax_t octets = std::filesystem::file_size(log_path_, unknown);
  if (!is_whole || unknown || octets <= limits_.log_octets) return absl::OkStatus();
  return database_.checkpoint(Database::Checkpoint::kTruncate).status();
}

}  // namespace signpost::control
