#include "control/override_store.h"

#include <utility>

#include "base/status.h"
#include "control/stored_form.h"
#include "control/translate_override.h"
#include "signpost/v1/override.pb.h"
#include "signpost/v1/storage.pb.h"

namespace signpost::control {
namespace {

using std::chrono::microseconds;
using std::chrono::system_clock;

absl::Status damaged(const char* table) {
  return absl::DataLossError(absl::StrCat("a row of ", table, " is damaged"));
}

v1::SafetyRule message_of(const SafetyRule& rule) {
  v1::SafetyRule stored;
  stored.set_name(rule.name);
  stored.set_at_least(rule.at_least);
  for (const std::string& id : rule.check_ids) stored.add_health_check_ids(id);
  stored.set_selector(rule.selector);
  return stored;
}

SafetyRule rule_of(const v1::SafetyRule& stored) {
  return {.name = stored.name(),
          .at_least = stored.at_least(),
          .check_ids = {stored.health_check_ids().begin(), stored.health_check_ids().end()},
          .selector = stored.selector()};
}

absl::Status load_rules(Database& database, std::vector<SafetyRule>& rules) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database.prepare("SELECT name, content, checksum FROM safety_rules ORDER BY name"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return absl::OkStatus();
    v1::SafetyRule stored;
    if (checksum(rows.octets(0), rows.octets(1)) != rows.integer(2) ||
        !stored.ParseFromString(std::string(rows.octets(1))))
      return damaged("safety_rules");
    rules.push_back(rule_of(stored));
  }
}

absl::Status write_rows(Database& database, const OverrideState& state) {
  RETURN_IF_ERROR(database.execute("DELETE FROM overrides; DELETE FROM safety_rules"));
  ASSIGN_OR_RETURN(
      Statement put,
      database.prepare("INSERT INTO overrides (number, content, checksum) VALUES (?, ?, ?)"));
  for (const model::OverridePtr& override : state.overrides) {
    v1::Override stored;
    to_proto(*override, 0, stored);
    const std::string content = stored.SerializeAsString();
    const auto number = static_cast<std::int64_t>(override->number);
    RETURN_IF_ERROR(put.bind(1, number)
                        .bind_blob(2, content)
                        .bind(3, checksum(absl::StrCat(number), content))
                        .run());
  }
  ASSIGN_OR_RETURN(
      Statement put_rule,
      database.prepare("INSERT INTO safety_rules (name, content, checksum) VALUES (?, ?, ?)"));
  for (const SafetyRule& rule : state.rules) {
    const std::string content = message_of(rule).SerializeAsString();
    RETURN_IF_ERROR(put_rule.bind_text(1, rule.name)
                        .bind_blob(2, content)
                        .bind(3, checksum(rule.name, content))
                        .run());
  }
  ASSIGN_OR_RETURN(Statement last,
                   database.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"));
  return last.bind_text(1, "last_override").bind_text(2, absl::StrCat(state.last_number)).run();
}

absl::Status add_events(Database& database, const std::vector<OverrideEvent>& events) {
  ASSIGN_OR_RETURN(
      Statement put,
      database.prepare("INSERT INTO override_history (time, override, author, text, ended, "
                       "break_glass) VALUES (?, ?, ?, ?, ?, ?)"));
  for (const OverrideEvent& event : events) {
    const auto time = std::chrono::duration_cast<microseconds>(event.time.time_since_epoch());
    const model::OverrideChangeEvent& change = event.change;
    RETURN_IF_ERROR(put.bind(1, time.count())
                        .bind(2, static_cast<std::int64_t>(change.override_number))
                        .bind_text(3, change.author)
                        .bind_text(4, change.text)
                        .bind(5, change.ended ? 1 : 0)
                        .bind(6, change.break_glass ? 1 : 0)
                        .run());
  }
  ASSIGN_OR_RETURN(Statement forget,
                   database.prepare("DELETE FROM override_history WHERE number <= "
                                    "(SELECT max(number) FROM override_history) - ?"));
  return forget.bind(1, kOverrideEventsMax).run();
}

}  // namespace

void to_stored(const OverrideState& state, v1::SnapshotChunk::Overrides& out) {
  out.set_last_number(state.last_number);
  for (const model::OverridePtr& override : state.overrides)
    to_proto(*override, 0, *out.add_overrides());
  for (const SafetyRule& rule : state.rules) *out.add_safety_rules() = message_of(rule);
}

absl::StatusOr<OverrideState> from_stored(const v1::SnapshotChunk::Overrides& stored) {
  OverrideState state;
  state.last_number = stored.last_number();
  for (const v1::Override& each : stored.overrides()) {
    ASSIGN_OR_RETURN(model::Override override, from_proto(each, "a stored override"));
    state.overrides.push_back(std::make_shared<const model::Override>(std::move(override)));
  }
  for (const v1::SafetyRule& rule : stored.safety_rules()) state.rules.push_back(rule_of(rule));
  return state;
}

absl::Status create_overrides(Database& database) {
  return database.execute(
      "CREATE TABLE IF NOT EXISTS overrides (number INTEGER PRIMARY KEY, content BLOB NOT NULL, "
      "checksum INTEGER NOT NULL); "
      "CREATE TABLE IF NOT EXISTS safety_rules (name TEXT PRIMARY KEY, content BLOB NOT NULL, "
      "checksum INTEGER NOT NULL) WITHOUT ROWID; "
      "CREATE TABLE IF NOT EXISTS override_history (number INTEGER PRIMARY KEY AUTOINCREMENT, "
      "time INTEGER NOT NULL, override INTEGER NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL, "
      "ended INTEGER NOT NULL, break_glass INTEGER NOT NULL)");
}

absl::StatusOr<OverrideState> load_overrides(Database& database) {
  OverrideState state;
  ASSIGN_OR_RETURN(Statement last,
                   database.prepare("SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?"));
  ASSIGN_OR_RETURN(const bool found, last.bind_text(1, "last_override").step());
  if (found) state.last_number = static_cast<std::uint64_t>(last.integer(0));
  ASSIGN_OR_RETURN(
      Statement rows,
      database.prepare("SELECT number, content, checksum FROM overrides ORDER BY number"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) break;
    v1::Override stored;
    if (checksum(absl::StrCat(rows.integer(0)), rows.octets(1)) != rows.integer(2) ||
        !stored.ParseFromString(std::string(rows.octets(1))))
      return damaged("overrides");
    ASSIGN_OR_RETURN(model::Override override, from_proto(stored, "a stored override"));
    state.overrides.push_back(std::make_shared<const model::Override>(std::move(override)));
  }
  RETURN_IF_ERROR(load_rules(database, state.rules));
  return state;
}

absl::Status write_overrides(Database& database, const OverrideState& state,
                             const std::vector<OverrideEvent>& events) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  RETURN_IF_ERROR(write_rows(database, state));
  RETURN_IF_ERROR(add_events(database, events));
  return transaction.commit();
}

absl::StatusOr<std::vector<OverrideEvent>> read_override_events(Database& database,
                                                                std::int64_t before,
                                                                std::size_t limit) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database.prepare("SELECT number, time, override, author, text, ended, break_glass "
                       "FROM override_history "
                       "WHERE ? = 0 OR number < ? ORDER BY number DESC LIMIT ?"));
  rows.bind(1, before).bind(2, before).bind(3, static_cast<std::int64_t>(limit));
  std::vector<OverrideEvent> events;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return events;
    OverrideEvent& event = events.emplace_back();
    event.number = rows.integer(0);
    event.time = system_clock::time_point(microseconds(rows.integer(1)));
    event.change = {.override_number = static_cast<std::uint64_t>(rows.integer(2)),
                    .author = std::string(rows.octets(3)),
                    .text = std::string(rows.octets(4)),
                    .ended = rows.integer(5) != 0,
                    .break_glass = rows.integer(6) != 0};
  }
}

}  // namespace signpost::control
