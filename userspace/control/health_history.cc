#include "control/health_history.h"

#include <utility>

#include "base/status.h"

namespace signpost::control {
namespace {

using std::chrono::microseconds;
using std::chrono::system_clock;

}  // namespace

absl::Status create_health_history(Database& database) {
  return database.execute(
      "CREATE TABLE health_history (number INTEGER PRIMARY KEY AUTOINCREMENT, "
      "check_id TEXT NOT NULL, time INTEGER NOT NULL, healthy INTEGER NOT NULL, "
      "reason TEXT NOT NULL); "
      "CREATE INDEX health_history_by_check ON health_history (check_id, number)");
}

absl::Status add_health_flips(Database& database, const std::vector<HealthFlip>& flips) {
  if (flips.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Statement put,
                   database.prepare("INSERT INTO health_history (check_id, time, healthy, reason) "
                                    "VALUES (?, ?, ?, ?)"));
  for (const HealthFlip& flip : flips) {
    const auto time = std::chrono::duration_cast<microseconds>(flip.time.time_since_epoch());
    RETURN_IF_ERROR(put.bind_text(1, flip.check_id)
                        .bind(2, time.count())
                        .bind(3, flip.health == model::Health::kHealthy ? 1 : 0)
                        .bind_text(4, flip.reason)
                        .run());
  }
  ASSIGN_OR_RETURN(Statement forget,
                   database.prepare("DELETE FROM health_history WHERE number <= "
                                    "(SELECT max(number) FROM health_history) - ?"));
  return forget.bind(1, kHealthFlipsMax).run();
}

absl::StatusOr<std::vector<HealthFlip>> read_health_flips(Database& database,
                                                          const std::string& check_id,
                                                          std::int64_t before, std::size_t limit) {
  const std::string filter = check_id.empty() ? "? = ''" : "check_id = ?";
  ASSIGN_OR_RETURN(
      Statement rows,
      database.prepare("SELECT number, check_id, time, healthy, reason FROM health_history WHERE " +
                       filter + " AND (? = 0 OR number < ?) ORDER BY number DESC LIMIT ?"));
  rows.bind_text(1, check_id);
  rows.bind(2, before).bind(3, before).bind(4, static_cast<std::int64_t>(limit));
  std::vector<HealthFlip> flips;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return flips;
    HealthFlip& flip = flips.emplace_back();
    flip.number = rows.integer(0);
    flip.check_id = rows.octets(1);
    flip.time = system_clock::time_point(microseconds(rows.integer(2)));
    flip.health = rows.integer(3) != 0 ? model::Health::kHealthy : model::Health::kUnhealthy;
    flip.reason = rows.octets(4);
  }
}

}  // namespace signpost::control
