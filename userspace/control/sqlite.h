// A thin layer over SQLite: statements and errors as absl::Status.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace signpost::control {

class Database;

// One prepared statement; bind all parameters, then step() until false. Parameters count from 1,
// columns from 0.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind_text(int parameter, std::string_view value);
  Statement& bind_blob(int parameter, std::string_view value);
  // A blob that is not copied: it stays where it is until the parameter is bound again, or the
  // statement is not run any more.
  Statement& bind_kept(int parameter, std::string_view value);
  Statement& bind_null(int parameter);

  // True: there is a row; false: done.
  absl::StatusOr<bool> step();
  // Steps over all rows, and makes the statement ready for new parameters.
  absl::Status run();
  // Ready for new parameters.
  void reset();

  std::int64_t integer(int column) const;
  // Text or blob, valid until the next step().
  std::string_view octets(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  Statement(sqlite3* database, sqlite3_stmt* statement);
  sqlite3* database_;
  sqlite3_stmt* statement_;
};

// One connection; not thread safe. Errors: DATA_LOSS for a damaged file, RESOURCE_EXHAUSTED for a
// full disk, FAILED_PRECONDITION for a read-only one, else UNAVAILABLE.
class Database {
 public:
  enum class Access { kReadWrite, kReadOnlyImmutable };
  static absl::StatusOr<Database> open(const std::string& path, Access access);

  Database(Database&& other) noexcept;
  Database& operator=(Database&&) = delete;
  ~Database();

  absl::StatusOr<Statement> prepare(std::string_view sql);
  // Runs statements separated by ";".
  absl::Status execute(const std::string& sql);

  // Gives up the pages that are kept to be read again.
  void release_pages();

  // From now on commits tell how many pages the write-ahead log has, and copy none of them to the
  // database's file: somebody else has to call checkpoint().
  void leave_checkpoints_to(std::function<void(int pages)> log_grew);

  // kTruncate cuts the log off, and keeps commits waiting while it does. Does not itself wait:
  // false if others are in the way of copying all.
  enum class Checkpoint { kPassive, kTruncate };
  absl::StatusOr<bool> checkpoint(Checkpoint mode);

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
  std::unique_ptr<std::function<void(int)>> log_grew_;
};

// Rolls back at the end of its scope unless commit() was called.
class Transaction {
 public:
  static absl::StatusOr<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  absl::Status commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
};

}  // namespace signpost::control
