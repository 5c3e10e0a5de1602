#include "control/notice_spool.h"

#include <utility>

#include "base/status.h"
#include "control/notice_form.h"
#include "notices/notice_log.h"
#include "signpost/v1/notices.pb.h"

namespace signpost::control {

absl::Status create_notice_tables(Database& database) {
  return database.execute(
      "CREATE TABLE IF NOT EXISTS notices (number INTEGER PRIMARY KEY, content BLOB NOT NULL); "
      "CREATE TABLE IF NOT EXISTS notice_progress (receiver TEXT PRIMARY KEY, "
      "number INTEGER NOT NULL) WITHOUT ROWID");
}

absl::Status add_notices(Database& database, const std::vector<model::NoticePtr>& notices) {
  if (notices.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  ASSIGN_OR_RETURN(Statement put, database.prepare("INSERT OR REPLACE INTO notices "
                                                   "(number, content) VALUES (?, ?)"));
  for (const model::NoticePtr& notice : notices) {
    v1::Notice stored;
    to_proto(*notice, stored);
    RETURN_IF_ERROR(put.bind(1, static_cast<std::int64_t>(notice->number))
                        .bind_blob(2, stored.SerializeAsString())
                        .run());
  }
  ASSIGN_OR_RETURN(Statement forget, database.prepare("DELETE FROM notices WHERE number <= ?"));
  const std::uint64_t last = notices.back()->number;
  const std::uint64_t kept = notices::NoticeLog::kKeptMax;
  if (last > kept) RETURN_IF_ERROR(forget.bind(1, static_cast<std::int64_t>(last - kept)).run());
  return transaction.commit();
}

absl::StatusOr<std::vector<model::NoticePtr>> read_notices(Database& database) {
  ASSIGN_OR_RETURN(Statement rows, database.prepare("SELECT content FROM notices ORDER BY number"));
  std::vector<model::NoticePtr> notices;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return notices;
    v1::Notice stored;
    const std::string_view octets = rows.octets(0);
    if (!stored.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) continue;
    if (auto notice = from_proto(stored)) {
      notices.push_back(std::make_shared<const model::Notice>(*std::move(notice)));
    }
  }
}

absl::Status write_progress(Database& database, const notices::ReceiverProgress& progress) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  RETURN_IF_ERROR(database.execute("DELETE FROM notice_progress"));
  ASSIGN_OR_RETURN(Statement put, database.prepare("INSERT INTO notice_progress "
                                                   "(receiver, number) VALUES (?, ?)"));
  for (const auto& [id, number] : progress)
    RETURN_IF_ERROR(put.bind_text(1, id).bind(2, static_cast<std::int64_t>(number)).run());
  return transaction.commit();
}

absl::StatusOr<notices::ReceiverProgress> read_progress(Database& database) {
  ASSIGN_OR_RETURN(Statement rows,
                   database.prepare("SELECT receiver, number FROM notice_progress"));
  notices::ReceiverProgress progress;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return progress;
    progress[std::string(rows.octets(0))] = static_cast<std::uint64_t>(rows.integer(1));
  }
}

}  // namespace signpost::control
