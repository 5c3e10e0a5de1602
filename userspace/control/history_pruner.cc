#include "control/history_pruner.h"

#include <chrono>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/state_database.h"

namespace signpost::control {
namespace {

// A change waits for a step that has begun, so steps are short, and leave each other room.
constexpr std::int64_t kRowsOfAStep = 500;
constexpr std::chrono::milliseconds kPause{10};

// Rows of the changes of one generation that are removed: at most `rows_max`.
absl::StatusOr<std::int64_t> remove_changes(Database& database, std::int64_t generation,
                                            std::int64_t rows_max) {
  ASSIGN_OR_RETURN(Statement remove,
                   database.prepare("DELETE FROM history_changes WHERE generation = ?1 AND "
                                    "position IN (SELECT position FROM history_changes WHERE "
                                    "generation = ?1 ORDER BY position LIMIT ?2) RETURNING 1"));
  remove.bind(1, generation).bind(2, rows_max);
  for (std::int64_t removed = 0;; ++removed) {
    ASSIGN_OR_RETURN(const bool more, remove.step());
    if (!more) return removed;
  }
}

absl::Status remove_row(Database& database, std::int64_t generation) {
  ASSIGN_OR_RETURN(Statement remove, database.prepare("DELETE FROM history WHERE generation = ?"));
  return remove.bind(1, generation).run();
}

}  // namespace

// The oldest row is what others are compared with: what it changed itself is never asked for. So a
// row goes first, which makes the next one the oldest, and then, in as many steps as it takes, what
// that one changed.
absl::StatusOr<bool> prune_history(Database& database, std::uint64_t kept, std::int64_t rows_max) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  std::int64_t left = rows_max;
  bool more = true;
  while (more && left > 0) {
    ASSIGN_OR_RETURN(const auto bounds, read_history_bounds(database));
    const auto oldest = static_cast<std::int64_t>(bounds.first);
    ASSIGN_OR_RETURN(const std::int64_t removed, remove_changes(database, oldest, left));
    left -= removed;
    if (left <= 0) break;
    more = bounds.second - bounds.first > kept;
    if (more) RETURN_IF_ERROR(remove_row(database, oldest));
    --left;
  }
  RETURN_IF_ERROR(transaction.commit());
  return more;
}

absl::StatusOr<std::unique_ptr<HistoryPruner>> HistoryPruner::start(
    const std::string& path, std::uint64_t kept, std::function<void(int pages)> log_grew) {
  ASSIGN_OR_RETURN(Database database, Database::open(path, Database::Access::kReadWrite));
  // What a crash of the system undoes is done again.
  RETURN_IF_ERROR(database.execute("PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON"));
  database.leave_checkpoints_to(std::move(log_grew));
  return std::unique_ptr<HistoryPruner>(new HistoryPruner(std::move(database), kept));
}

HistoryPruner::HistoryPruner(Database database, std::uint64_t kept)
    : database_(std::move(database)), kept_(kept), thread_([this] { run(); }) {}

HistoryPruner::~HistoryPruner() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void HistoryPruner::history_grew() {
  {
    std::lock_guard lock(mutex_);
    due_ = true;
  }
  woken_.notify_one();
}

void HistoryPruner::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    woken_.wait(lock, [this] { return due_ || stopping_; });
    if (stopping_) return;
    due_ = false;
    lock.unlock();
    const absl::StatusOr<bool> more = prune_history(database_, kept_, kRowsOfAStep);
    lock.lock();
    if (!more.ok()) {
      static log::RateLimit limit;
      log::warning(limit, "the history could not be made shorter; it is tried with the next change",
                   {{"error", std::string(more.status().message())}});
    } else if (*more) {
      due_ = true;
      woken_.wait_for(lock, kPause, [this] { return stopping_; });
    }
  }
}

}  // namespace signpost::control
