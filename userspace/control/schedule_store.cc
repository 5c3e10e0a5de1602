#include "control/schedule_store.h"

#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/delta_rows.h"
#include "control/stored_form.h"
#include "control/zone_manager.h"
#include "signpost/v1/storage.pb.h"

namespace signpost::control {
namespace {

void to_stored(const DeltaRow& row, v1::StoredDelta& out) {
  out.set_kind(row.kind);
  out.set_subject(row.subject);
  out.set_owner(row.owner);
  out.set_type(static_cast<std::uint32_t>(row.type));
  if (row.before) out.set_before(*row.before);
  if (row.after) out.set_after(*row.after);
}

DeltaRow from_stored(const v1::StoredDelta& in) {
  DeltaRow row{.kind = in.kind(),
               .subject = in.subject(),
               .owner = in.owner(),
               .type = in.type(),
               .before = std::nullopt,
               .after = std::nullopt};
  if (in.has_before()) row.before = in.before();
  if (in.has_after()) row.after = in.after();
  return row;
}

std::string encode(const Schedule& schedule) {
  v1::StoredSchedule stored;
  *stored.mutable_schedule() = schedule.shown;
  for (const ScheduledStep& step : schedule.steps) {
    v1::StoredSchedule::Step& out = *stored.add_steps();
    for (const auto& [apex, manager] : step.managers) {
      v1::StoredSchedule::Manager& line = *out.add_managers();
      line.set_apex(apex.key());
      line.set_manager(to_proto(manager));
    }
    for (const DeltaRow& row : rows_but_groups(step.deltas)) to_stored(row, *out.add_deltas());
    for (const GroupDelta& delta : step.deltas.groups) to_stored(row_of(delta), *out.add_deltas());
  }
  return stored.SerializeAsString();
}

absl::StatusOr<ScheduledStep> decode_step(const v1::StoredSchedule::Step& in) {
  ScheduledStep step;
  for (const v1::StoredSchedule::Manager& line : in.managers()) {
    ASSIGN_OR_RETURN(const dns::Name apex, dns::Name::from_key(line.apex()));
    step.managers[apex] = from_proto(line.manager());
  }
  for (const v1::StoredDelta& delta : in.deltas())
    RETURN_IF_ERROR(add_row(from_stored(delta), step.deltas));
  return step;
}

absl::StatusOr<Schedule> decode_schedule(std::string_view content) {
  v1::StoredSchedule stored;
  if (!stored.ParseFromString(std::string(content)))
    return absl::DataLossError("a row of schedules is not readable");
  Schedule schedule;
  schedule.shown = std::move(*stored.mutable_schedule());
  for (const v1::StoredSchedule::Step& step : stored.steps()) {
    ASSIGN_OR_RETURN(schedule.steps.emplace_back(), decode_step(step));
  }
  if (schedule.is_under_way() &&
      schedule.steps.size() != static_cast<std::size_t>(schedule.shown.steps_size()))
    return absl::DataLossError("a row of schedules lacks steps");
  return schedule;
}

}  // namespace

absl::Status create_schedules(Database& database) {
  return database.execute(
      "CREATE TABLE IF NOT EXISTS schedules (number INTEGER PRIMARY KEY, content BLOB NOT NULL, "
      "checksum INTEGER NOT NULL)");
}

absl::StatusOr<std::vector<Schedule>> load_schedules(Database& database) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database.prepare("SELECT number, content, checksum FROM schedules ORDER BY number"));
  std::vector<Schedule> schedules;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return schedules;
    const std::int64_t number = rows.integer(0);
    const bool whole = checksum(absl::StrCat(number), rows.octets(1)) == rows.integer(2);
    absl::StatusOr<Schedule> schedule =
        whole ? decode_schedule(rows.octets(1)) : absl::DataLossError("its row is damaged");
    if (schedule.ok()) {
      schedules.push_back(*std::move(schedule));
    } else {
      log::error("a schedule is lost; apply your files, as TTLs may have been lowered",
                 {{"schedule", number}, {"problem", std::string(schedule.status().message())}});
    }
  }
}

absl::Status write_schedule(Database& database, const Schedule& schedule,
                            const std::vector<std::uint64_t>& forgotten) {
  const auto number = static_cast<std::int64_t>(schedule.shown.number());
  const std::string content = encode(schedule);
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  ASSIGN_OR_RETURN(Statement put,
                   database.prepare("INSERT OR REPLACE INTO schedules (number, content, checksum) "
                                    "VALUES (?, ?, ?)"));
  RETURN_IF_ERROR(put.bind(1, number)
                      .bind_blob(2, content)
                      .bind(3, checksum(absl::StrCat(number), content))
                      .run());
  ASSIGN_OR_RETURN(Statement forget, database.prepare("DELETE FROM schedules WHERE number = ?"));
  for (const std::uint64_t each : forgotten)
    RETURN_IF_ERROR(forget.bind(1, static_cast<std::int64_t>(each)).run());
  return transaction.commit();
}

}  // namespace signpost::control
