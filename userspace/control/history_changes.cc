#include "control/history_changes.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "control/delta_rows.h"
#include "control/stored_form.h"

namespace signpost::control {
namespace {

constexpr const char* kSchema = R"(
CREATE TABLE history_changes (
  generation INTEGER NOT NULL REFERENCES history (generation), position INTEGER NOT NULL,
  kind INTEGER NOT NULL, subject BLOB NOT NULL, owner BLOB, type INTEGER,
  before BLOB, after BLOB, PRIMARY KEY (generation, position)) WITHOUT ROWID;
)";

using Content = std::optional<std::string>;

Content column(const Statement& row, int index) {
  if (row.is_null(index)) return std::nullopt;
  return std::string(row.octets(index));
}

// (kind, subject, owner, type)
using Subject = std::tuple<std::int64_t, std::string, std::string, std::int64_t>;

}  // namespace

absl::Status create_history_changes(Database& database) { return database.execute(kSchema); }

absl::StatusOr<HistoryChangesWriter> HistoryChangesWriter::begin(
    Database& database, model::ConfigGeneration generation) {
  ASSIGN_OR_RETURN(Statement put,
                   database.prepare("INSERT INTO history_changes (generation, position, kind, "
                                    "subject, owner, type, before, after) "
                                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  put.bind(1, static_cast<std::int64_t>(generation));
  return HistoryChangesWriter(std::move(put));
}

absl::Status HistoryChangesWriter::add_all_but_groups(const Deltas& deltas) {
  put_.bind_null(5).bind_null(6);
  for (const DeltaRow& row : rows_but_groups(deltas))
    RETURN_IF_ERROR(write(row.kind, row.subject, row.before, row.after));
  return absl::OkStatus();
}

absl::Status HistoryChangesWriter::add_group(const GroupRow& row) {
  put_.bind_kept(5, row.owner).bind(6, row.type);
  return write(kGroupRow, row.zone_apex, row.before, row.after);
}

absl::Status HistoryChangesWriter::write(std::int64_t kind, std::string_view subject,
                                         std::optional<std::string_view> before,
                                         std::optional<std::string_view> after) {
  put_.bind(2, position_++).bind(3, kind).bind_kept(4, subject);
  const auto bind_content = [&](int parameter, std::optional<std::string_view> content) {
    if (content) {
      put_.bind_kept(parameter, *content);
    } else {
      put_.bind_null(parameter);
    }
  };
  bind_content(7, before);
  bind_content(8, after);
  return put_.run();
}

absl::StatusOr<Deltas> read_deltas(Database& database, model::ConfigGeneration from,
                                   model::ConfigGeneration to, const dns::Name* zone) {
  ASSIGN_OR_RETURN(Statement rows,
                   database.prepare(absl::StrCat("SELECT kind, subject, owner, type, before, after "
                                                 "FROM history_changes WHERE generation > ?1 AND "
                                                 "generation <= ?2 ",
                                                 zone ? "AND kind = ?3 AND subject = ?4 " : "",
                                                 "ORDER BY generation, position")));
  rows.bind(1, static_cast<std::int64_t>(from)).bind(2, static_cast<std::int64_t>(to));
  if (zone) rows.bind(3, kGroupRow).bind_blob(4, zone->wire());
  std::map<Subject, std::pair<Content, Content>> folded;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) break;
    Subject subject(rows.integer(0), std::string(rows.octets(1)), std::string(rows.octets(2)),
                    rows.integer(3));
    const auto [at, is_new] = folded.try_emplace(std::move(subject));
    if (is_new) at->second.first = column(rows, 4);
    at->second.second = column(rows, 5);
  }
  Deltas deltas;
  for (const auto& [subject, contents] : folded) {
    if (contents.first == contents.second) continue;
    const auto& [kind, key, owner, type] = subject;
    RETURN_IF_ERROR(add_row({kind, key, owner, type, contents.first, contents.second}, deltas));
  }
  return deltas;
}

}  // namespace signpost::control
