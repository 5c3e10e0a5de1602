#include "control/sqlite.h"

#include <sqlite3.h>

#include <utility>

#include "base/status.h"

namespace signpost::control {
namespace {

absl::Status to_status(int code, const char* message) {
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return absl::OkStatus();
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(message);
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(message);
    case SQLITE_READONLY:
      return absl::FailedPreconditionError(message);
    default:
      return absl::UnavailableError(message);
  }
}

constexpr int kBusyTimeoutMilliseconds = 5000;

// A null pointer would bind NULL in place of the empty blob.
const char* not_null(std::string_view value) { return value.empty() ? "" : value.data(); }

}  // namespace

Statement::Statement(sqlite3* database, sqlite3_stmt* statement)
    : database_(database), statement_(statement) {}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_, parameter, value);
  return *this;
}

Statement& Statement::bind_text(int parameter, std::string_view value) {
  sqlite3_bind_text64(statement_, parameter, value.data(), value.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view value) {
  sqlite3_bind_blob64(statement_, parameter, not_null(value), value.size(), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_kept(int parameter, std::string_view value) {
  sqlite3_bind_blob64(statement_, parameter, not_null(value), value.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  sqlite3_bind_null(statement_, parameter);
  return *this;
}

absl::StatusOr<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return to_status(code, sqlite3_errmsg(database_));
}

absl::Status Statement::run() {
  for (;;) {
    const absl::StatusOr<bool> more = step();
    if (more.ok() && *more) continue;
    reset();
    return more.status();
  }
}

void Statement::reset() { sqlite3_reset(statement_); }

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::octets(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

absl::StatusOr<Database> Database::open(const std::string& path, Access access) {
  // SQLite's count of its memory would take a lock with each allocation.
  static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  if (uncounted != SQLITE_OK && uncounted != SQLITE_MISUSE) return to_status(uncounted, "SQLite");
  sqlite3* handle = nullptr;
  const bool writes = access == Access::kReadWrite;
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI |
                    (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  const std::string name = writes ? path : absl::StrCat("file:", path, "?immutable=1");
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) {
    return to_status(code, handle == nullptr ? "out of memory" : sqlite3_errmsg(handle));
  }
  sqlite3_busy_timeout(handle, kBusyTimeoutMilliseconds);
  return database;
}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), log_grew_(std::move(other.log_grew_)) {}

Database::~Database() { sqlite3_close_v2(handle_); }

absl::StatusOr<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return to_status(code, sqlite3_errmsg(handle_));
  return Statement(handle_, statement);
}

absl::Status Database::execute(const std::string& sql) {
  return to_status(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr),
                   sqlite3_errmsg(handle_));
}

// SQLite's own checkpoints are such a hook, which this one takes the place of.
void Database::leave_checkpoints_to(std::function<void(int pages)> log_grew) {
  log_grew_ = std::make_unique<std::function<void(int)>>(std::move(log_grew));
  const auto hook = [](void* listener, sqlite3*, const char*, int pages) {
    (*static_cast<std::function<void(int)>*>(listener))(pages);
    return SQLITE_OK;
  };
  sqlite3_wal_hook(handle_, hook, log_grew_.get());
}

void Database::release_pages() { (void)sqlite3_db_release_memory(handle_); }

absl::StatusOr<bool> Database::checkpoint(Checkpoint mode) {
  // A connection that has not read yet does not know the log, and would find nothing to copy.
  RETURN_IF_ERROR(execute("PRAGMA schema_version"));
  int in_log = 0;
  int copied = 0;
  sqlite3_busy_timeout(handle_, 0);
  const int code = sqlite3_wal_checkpoint_v2(
      handle_, nullptr,
      mode == Checkpoint::kPassive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE,
      &in_log, &copied);
  sqlite3_busy_timeout(handle_, kBusyTimeoutMilliseconds);
  if (code == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) return to_status(code, sqlite3_errmsg(handle_));
  return in_log == copied;
}

absl::StatusOr<Transaction> Transaction::begin(Database& database) {
  RETURN_IF_ERROR(database.execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // A failure leaves nothing to undo: SQLite has rolled back by itself.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

absl::Status Transaction::commit() {
  RETURN_IF_ERROR(database_->execute("COMMIT"));
  database_ = nullptr;
  return absl::OkStatus();
}

}  // namespace signpost::control
