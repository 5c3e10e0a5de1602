#include "control/state_database.h"

#include <sys/random.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "absl/strings/escaping.h"
#include "base/status.h"
#include "control/config_builder.h"
#include "control/group_rows.h"
#include "control/history_changes.h"
#include "control/notice_spool.h"
#include "control/override_store.h"
#include "control/schedule_store.h"
#include "control/secondary_contacts.h"
#include "control/stored_form.h"
#include "control/zone_history.h"

namespace signpost::control {
namespace {

// 2 added keyed_values, 3 health_history and external_answers, 4 notices and notice_progress, 5
// overrides, safety_rules and override_history, 6 schedules, 7 the index of serials, 8
// secondary_contacts.
constexpr int kSchemaVersion = 8;
constexpr std::uintmax_t kFullCheckOctetsMax = 64u << 20;

constexpr const char* kSchema = R"(
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE zones (
  id INTEGER PRIMARY KEY, apex BLOB NOT NULL UNIQUE, content BLOB NOT NULL,
  checksum INTEGER NOT NULL);
CREATE TABLE groups (
  zone_id INTEGER NOT NULL REFERENCES zones (id) ON DELETE CASCADE,
  owner BLOB NOT NULL, type INTEGER NOT NULL, content BLOB NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (zone_id, owner, type)) WITHOUT ROWID;
CREATE TABLE health_checks (
  id TEXT PRIMARY KEY, content BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE health_state (
  check_id TEXT PRIMARY KEY, healthy INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE history (
  generation INTEGER PRIMARY KEY, time INTEGER NOT NULL, author TEXT NOT NULL,
  comment TEXT NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL,
  removed INTEGER NOT NULL);
)";

// What version 2 added: collections, overrides, regions and traffic policies, by kKindOf.
constexpr const char* kKeyedValues = R"(
CREATE TABLE keyed_values (
  kind INTEGER NOT NULL, key TEXT NOT NULL, content BLOB NOT NULL, checksum INTEGER NOT NULL,
  PRIMARY KEY (kind, key)) WITHOUT ROWID;
)";

// What version 3 added: the last answers to external alias targets.
constexpr const char* kExternalAnswers = R"(
CREATE TABLE external_answers (
  key TEXT PRIMARY KEY, rdata BLOB NOT NULL, ttl INTEGER NOT NULL, resolved INTEGER NOT NULL,
  failing INTEGER NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
)";

// The columns that bind a group's checksum to its place.
std::string group_key(std::int64_t zone_id, std::string_view owner, std::int64_t type) {
  return absl::StrCat(zone_id, " ", type, " ", std::string(owner));
}

std::int64_t to_microseconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

std::chrono::system_clock::time_point from_microseconds(std::int64_t microseconds) {
  return std::chrono::system_clock::time_point(std::chrono::microseconds(microseconds));
}

absl::Status damaged(std::string_view table) {
  return absl::DataLossError(absl::StrCat("a row of ", std::string(table), " is damaged"));
}

// Runs `visit(row)` for every row.
template <typename Visit>
absl::Status for_each_row(Database& database, std::string_view sql, Visit&& visit) {
  ASSIGN_OR_RETURN(Statement rows, database.prepare(sql));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return absl::OkStatus();
    RETURN_IF_ERROR(visit(rows));
  }
}

absl::StatusOr<std::string> single_value(Database& database, std::string_view sql) {
  ASSIGN_OR_RETURN(Statement row, database.prepare(sql));
  ASSIGN_OR_RETURN(const bool found, row.step());
  return found ? std::string(row.octets(0)) : std::string();
}

absl::StatusOr<std::int64_t> single_integer(Database& database, std::string_view sql) {
  ASSIGN_OR_RETURN(Statement row, database.prepare(sql));
  ASSIGN_OR_RETURN(const bool found, row.step());
  return found ? row.integer(0) : 0;
}

absl::Status load_zones(Database& database, ConfigBuilder& builder) {
  return for_each_row(
      database, "SELECT id, apex, content, checksum FROM zones", [&](Statement& row) {
        model::Zone zone;
        zone.id = static_cast<model::ZoneId>(row.integer(0));
        const std::string key = absl::StrCat(zone.id, " ", std::string(row.octets(1)));
        if (checksum(key, row.octets(2)) != row.integer(3)) return damaged("zones");
        ASSIGN_OR_RETURN(zone.apex, dns::Name::from_key(row.octets(1)));
        RETURN_IF_ERROR(decode_zone(row.octets(2), zone));
        builder.add_zone(std::move(zone));
        return absl::OkStatus();
      });
}

absl::Status load_groups(Database& database, ConfigBuilder& builder) {
  return for_each_row(
      database,
      "SELECT zone_id, owner, type, content, checksum FROM groups "
      "ORDER BY zone_id, owner, type",
      [&](Statement& row) {
        const std::string key = group_key(row.integer(0), row.octets(1), row.integer(2));
        if (checksum(key, row.octets(3)) != row.integer(4)) return damaged("groups");
        ASSIGN_OR_RETURN(const dns::Name owner, dns::Name::from_key(row.octets(1)));
        ASSIGN_OR_RETURN(model::RecordGroupPtr group,
                         decode_group(static_cast<dns::RRType>(row.integer(2)), row.octets(3)));
        return builder.add_group(static_cast<model::ZoneId>(row.integer(0)), owner,
                                 std::move(group));
      });
}

absl::Status load_health_checks(Database& database, ConfigBuilder& builder) {
  return for_each_row(database, "SELECT id, content, checksum FROM health_checks",
                      [&](Statement& row) {
                        if (checksum(row.octets(0), row.octets(1)) != row.integer(2)) {
                          return damaged("health_checks");
                        }
                        model::HealthCheckPtr check;
                        RETURN_IF_ERROR(decode(row.octets(1), check));
                        builder.add(std::string(row.octets(0)), std::move(check));
                        return absl::OkStatus();
                      });
}

// The columns that bind a value's checksum to its place.
std::string value_key(std::int64_t kind, std::string_view key) {
  return absl::StrCat(kind, " ", std::string(key));
}

template <typename Value>
absl::Status load_value(const Statement& row, ConfigBuilder& builder) {
  std::shared_ptr<const Value> value;
  RETURN_IF_ERROR(decode(row.octets(2), value));
  builder.add(std::string(row.octets(1)), std::move(value));
  return absl::OkStatus();
}

absl::Status load_keyed_values(Database& database, ConfigBuilder& builder) {
  return for_each_row(
      database, "SELECT kind, key, content, checksum FROM keyed_values", [&](Statement& row) {
        if (checksum(value_key(row.integer(0), row.octets(1)), row.octets(2)) != row.integer(3)) {
          return damaged("keyed_values");
        }
        absl::Status loaded = damaged("keyed_values");
        for_each_keyed(Deltas(), [&]<typename Value>(const std::vector<KeyedDelta<Value>>&) {
          if (kKindOf<Value> == row.integer(0)) loaded = load_value<Value>(row, builder);
        });
        return loaded;
      });
}

absl::Status load_health(Database& database, StoredHealthById& out) {
  return for_each_row(
      database, "SELECT check_id, healthy, since FROM health_state", [&](Statement& row) {
        StoredHealth& known = out[std::string(row.octets(0))];
        known.health = row.integer(1) != 0 ? model::Health::kHealthy : model::Health::kUnhealthy;
        if (row.integer(2) != 0) known.since = from_microseconds(row.integer(2));
        return absl::OkStatus();
      });
}

// RDATA one after the other, each behind its length in two octets as in a message.
std::string join_rdata(const model::RdataList& rdata) {
  std::string joined;
  for (const std::string& one : rdata) {
    joined += static_cast<char>(one.size() >> 8);
    joined += static_cast<char>(one.size());
    joined += one;
  }
  return joined;
}

model::RdataList split_rdata(std::string_view joined) {
  model::RdataList rdata;
  while (joined.size() >= 2) {
    const std::size_t size = static_cast<std::size_t>(static_cast<std::uint8_t>(joined[0])) << 8 |
                             static_cast<std::uint8_t>(joined[1]);
    rdata.emplace_back(joined.substr(2, size));
    joined.remove_prefix(std::min(joined.size(), size + 2));
  }
  return rdata;
}

// A damaged row is left out: what it says is soon resolved again.
absl::Status load_externals(Database& database, ExternalAnswers& out) {
  return for_each_row(
      database, "SELECT key, rdata, ttl, resolved, failing, checksum FROM external_answers",
      [&](Statement& row) {
        if (checksum(row.octets(0), row.octets(1)) != row.integer(5)) return absl::OkStatus();
        out[std::string(row.octets(0))] =
            std::make_shared<const model::ExternalAnswer>(model::ExternalAnswer{
                split_rdata(row.octets(1)), static_cast<std::uint32_t>(row.integer(2)),
                row.integer(3), row.integer(4) != 0});
        return absl::OkStatus();
      });
}

absl::Status put_meta(Database& database, std::string_view key, std::string_view value) {
  ASSIGN_OR_RETURN(Statement put,
                   database.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"));
  return put.bind_text(1, key).bind_text(2, value).run();
}

// Writes the contents of one batch, each kind with its own prepared statements, and the changes of
// groups also into `history`, if there is any.
class ContentWriter {
 public:
  ContentWriter(Database& database, HistoryChangesWriter* history)
      : database_(database), history_(history) {}

  absl::Status write(const Deltas& deltas) {
    RETURN_IF_ERROR(put_zones(deltas.zones));
    RETURN_IF_ERROR(write_groups(deltas.groups));
    RETURN_IF_ERROR(delete_zones(deltas.zones));
    RETURN_IF_ERROR(write_health_checks(deltas.health_checks));
    RETURN_IF_ERROR(write_values(deltas.cidr_collections));
    RETURN_IF_ERROR(write_values(deltas.place_overrides));
    RETURN_IF_ERROR(write_values(deltas.regions));
    RETURN_IF_ERROR(write_values(deltas.traffic_policies));
    RETURN_IF_ERROR(write_values(deltas.notice_receivers));
    RETURN_IF_ERROR(write_values(deltas.guards));
    RETURN_IF_ERROR(write_values(deltas.tsig_keys));
    RETURN_IF_ERROR(write_values(deltas.zone_access));
    RETURN_IF_ERROR(write_values(deltas.views));
    RETURN_IF_ERROR(write_values(deltas.forward_rules));
    return write_values(deltas.secondary_zones);
  }

 private:
  absl::Status put_zones(const std::vector<ZoneDelta>& zones) {
    ASSIGN_OR_RETURN(
        Statement put,
        database_.prepare("INSERT INTO zones (id, apex, content, checksum) VALUES (?, ?, ?, ?) "
                          "ON CONFLICT (apex) DO UPDATE SET content = excluded.content, "
                          "checksum = excluded.checksum"));
    for (const ZoneDelta& delta : zones) {
      if (!delta.after) continue;
      const std::string content = encode_zone(*delta.after);
      const std::string apex = delta.apex.key();
      const std::string key = absl::StrCat(delta.after->id, " ", apex);
      RETURN_IF_ERROR(put.bind(1, delta.after->id)
                          .bind_blob(2, apex)
                          .bind_blob(3, content)
                          .bind(4, checksum(key, content))
                          .run());
    }
    return absl::OkStatus();
  }

  absl::Status write_groups(const std::vector<GroupDelta>& groups) {
    // Looks for the row once, where OR REPLACE does so twice.
    ASSIGN_OR_RETURN(
        Statement put,
        database_.prepare("INSERT INTO groups (zone_id, owner, type, content, checksum) "
                          "VALUES (?, ?, ?, ?, ?) ON CONFLICT (zone_id, owner, type) DO UPDATE "
                          "SET content = excluded.content, checksum = excluded.checksum"));
    ASSIGN_OR_RETURN(
        Statement remove,
        database_.prepare("DELETE FROM groups WHERE zone_id = ? AND owner = ? AND type = ?"));
    ASSIGN_OR_RETURN(const GroupRows rows, GroupRows::of(groups, [&](const dns::Name& apex) {
                       return zone_id_of(apex);
                     }));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const GroupRow row = rows[i];
      Statement& statement = row.after ? put : remove;
      statement.bind(1, row.zone_id).bind_kept(2, row.owner).bind(3, row.type);
      if (row.after) {
        const std::string key = group_key(row.zone_id, row.owner, row.type);
        statement.bind_kept(4, *row.after).bind(5, checksum(key, *row.after));
      }
      RETURN_IF_ERROR(statement.run());
      if (history_ != nullptr) RETURN_IF_ERROR(history_->add_group(row));
    }
    return absl::OkStatus();
  }

  absl::Status delete_zones(const std::vector<ZoneDelta>& zones) {
    ASSIGN_OR_RETURN(Statement remove, database_.prepare("DELETE FROM zones WHERE apex = ?"));
    for (const ZoneDelta& delta : zones) {
      if (!delta.after) RETURN_IF_ERROR(remove.bind_blob(1, delta.apex.key()).run());
    }
    return absl::OkStatus();
  }

  absl::Status write_health_checks(const std::vector<HealthCheckDelta>& checks) {
    ASSIGN_OR_RETURN(Statement put, database_.prepare("INSERT OR REPLACE INTO health_checks "
                                                      "(id, content, checksum) VALUES (?, ?, ?)"));
    ASSIGN_OR_RETURN(Statement remove, database_.prepare("DELETE FROM health_checks WHERE id = ?"));
    ASSIGN_OR_RETURN(Statement forget,
                     database_.prepare("DELETE FROM health_state WHERE check_id = ?"));
    for (const HealthCheckDelta& delta : checks) {
      if (!delta.after) {
        RETURN_IF_ERROR(remove.bind_text(1, delta.key).run());
        RETURN_IF_ERROR(forget.bind_text(1, delta.key).run());
        continue;
      }
      const std::string content = encode(delta.key, *delta.after);
      RETURN_IF_ERROR(put.bind_text(1, delta.key)
                          .bind_blob(2, content)
                          .bind(3, checksum(delta.key, content))
                          .run());
    }
    return absl::OkStatus();
  }

  template <typename Value>
  absl::Status write_values(const std::vector<KeyedDelta<Value>>& deltas) {
    if (deltas.empty()) return absl::OkStatus();
    const std::int64_t kind = kKindOf<Value>;
    ASSIGN_OR_RETURN(Statement put,
                     database_.prepare("INSERT OR REPLACE INTO keyed_values "
                                       "(kind, key, content, checksum) VALUES (?, ?, ?, ?)"));
    ASSIGN_OR_RETURN(Statement remove,
                     database_.prepare("DELETE FROM keyed_values WHERE kind = ? AND key = ?"));
    for (const KeyedDelta<Value>& delta : deltas) {
      if (!delta.after) {
        RETURN_IF_ERROR(remove.bind(1, kind).bind_text(2, delta.key).run());
        continue;
      }
      const std::string content = encode(delta.key, *delta.after);
      RETURN_IF_ERROR(put.bind(1, kind)
                          .bind_text(2, delta.key)
                          .bind_blob(3, content)
                          .bind(4, checksum(value_key(kind, delta.key), content))
                          .run());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::int64_t> zone_id_of(const dns::Name& apex) {
    ASSIGN_OR_RETURN(Statement find, database_.prepare("SELECT id FROM zones WHERE apex = ?"));
    ASSIGN_OR_RETURN(const bool found, find.bind_blob(1, apex.key()).step());
    if (!found) return internal_error("zone ", apex.text(), " is not stored");
    return find.integer(0);
  }

  Database& database_;
  HistoryChangesWriter* const history_;
};

absl::Status write_history_row(Database& database, const HistoryEntry& entry) {
  ASSIGN_OR_RETURN(Statement put,
                   database.prepare("INSERT OR REPLACE INTO history (generation, time, author, "
                                    "comment, added, changed, removed) "
                                    "VALUES (?, ?, ?, ?, ?, ?, ?)"));
  return put.bind(1, static_cast<std::int64_t>(entry.generation))
      .bind(2, to_microseconds(entry.time))
      .bind_text(3, entry.author)
      .bind_text(4, entry.comment)
      .bind(5, entry.counts.added)
      .bind(6, entry.counts.changed)
      .bind(7, entry.counts.removed)
      .run();
}

HistoryEntry base_entry(model::ConfigGeneration generation, std::string comment) {
  HistoryEntry entry;
  entry.generation = generation;
  entry.time = std::chrono::system_clock::now();
  entry.author = "signpostd";
  entry.comment = std::move(comment);
  return entry;
}

absl::StatusOr<std::string> new_installation_id() {
  char octets[16];
  if (getrandom(octets, sizeof(octets), 0) != sizeof(octets)) {
    return unavailable("no random octets for the installation id");
  }
  return absl::BytesToHexString({octets, sizeof(octets)});
}

}  // namespace

absl::Status prepare_for_writing(Database& database) {
  return database.execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
      "PRAGMA cache_size=-65536");
}

absl::Status create_schema(Database& database) {
  ASSIGN_OR_RETURN(const std::string id, new_installation_id());
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  RETURN_IF_ERROR(database.execute(kSchema));
  RETURN_IF_ERROR(database.execute(kKeyedValues));
  RETURN_IF_ERROR(database.execute(kExternalAnswers));
  RETURN_IF_ERROR(create_history_changes(database));
  RETURN_IF_ERROR(index_serials(database));
  RETURN_IF_ERROR(create_health_history(database));
  RETURN_IF_ERROR(create_notice_tables(database));
  RETURN_IF_ERROR(create_overrides(database));
  RETURN_IF_ERROR(create_schedules(database));
  RETURN_IF_ERROR(create_secondary_contacts(database));
  RETURN_IF_ERROR(database.execute(absl::StrCat("PRAGMA user_version=", kSchemaVersion)));
  RETURN_IF_ERROR(put_meta(database, "installation_id", id));
  RETURN_IF_ERROR(put_meta(database, "last_zone_id", "0"));
  RETURN_IF_ERROR(write_history_row(database, base_entry(0, "the empty state")));
  return transaction.commit();
}

absl::Status upgrade_schema(Database& database) {
  ASSIGN_OR_RETURN(const std::int64_t version, single_integer(database, "PRAGMA user_version"));
  if (version < 1 || version >= kSchemaVersion) return absl::OkStatus();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  if (version < 2) RETURN_IF_ERROR(database.execute(kKeyedValues));
  if (version < 3) {
    RETURN_IF_ERROR(database.execute(kExternalAnswers));
    RETURN_IF_ERROR(create_health_history(database));
  }
  if (version < 4) RETURN_IF_ERROR(create_notice_tables(database));
  RETURN_IF_ERROR(create_overrides(database));
  RETURN_IF_ERROR(create_schedules(database));
  RETURN_IF_ERROR(create_secondary_contacts(database));
  RETURN_IF_ERROR(index_serials(database));
  RETURN_IF_ERROR(database.execute(absl::StrCat("PRAGMA user_version=", kSchemaVersion)));
  return transaction.commit();
}

absl::Status check_integrity(Database& database, const std::string& path) {
  ASSIGN_OR_RETURN(const std::int64_t version, single_integer(database, "PRAGMA user_version"));
  if (version > kSchemaVersion) {
    return failed_precondition(path, " was written by a newer signpostd (layout ", version,
                               ", this one knows ", kSchemaVersion, "); use that version");
  }
  if (version != kSchemaVersion) return absl::DataLossError("the tables are missing");
  std::error_code unknown;
  const bool full = std::filesystem::file_size(path, unknown) <= kFullCheckOctetsMax;
  ASSIGN_OR_RETURN(
      const std::string verdict,
      single_value(database, full ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)"));
  return verdict == "ok" ? absl::OkStatus() : absl::DataLossError(verdict);
}

absl::StatusOr<StoredState> load_state(Database& database) {
  StoredState state;
  ASSIGN_OR_RETURN(state.installation_id,
                   single_value(database, "SELECT value FROM meta WHERE key = 'installation_id'"));
  ASSIGN_OR_RETURN(const std::int64_t last_zone_id,
                   single_integer(database, "SELECT value FROM meta WHERE key = 'last_zone_id'"));
  state.last_zone_id = static_cast<model::ZoneId>(last_zone_id);
  ASSIGN_OR_RETURN(const auto bounds, read_history_bounds(database));
  ConfigBuilder builder;
  RETURN_IF_ERROR(load_zones(database, builder));
  RETURN_IF_ERROR(load_groups(database, builder));
  RETURN_IF_ERROR(load_health_checks(database, builder));
  RETURN_IF_ERROR(load_keyed_values(database, builder));
  RETURN_IF_ERROR(load_health(database, state.health));
  RETURN_IF_ERROR(load_externals(database, state.externals));
  ASSIGN_OR_RETURN(state.overrides, load_overrides(database));
  ASSIGN_OR_RETURN(state.config, builder.take(bounds.second));
  return state;
}

absl::Status write_batch(Database& database, const HistoryEntry& entry, const Deltas& deltas,
                         model::ZoneId last_zone_id, const std::function<bool()>& may_commit) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  RETURN_IF_ERROR(write_history_row(database, entry));
  ASSIGN_OR_RETURN(HistoryChangesWriter history,
                   HistoryChangesWriter::begin(database, entry.generation));
  RETURN_IF_ERROR(history.add_all_but_groups(deltas));
  RETURN_IF_ERROR(ContentWriter(database, &history).write(deltas));
  RETURN_IF_ERROR(put_meta(database, "last_zone_id", absl::StrCat(last_zone_id)));
  if (!may_commit()) return absl::CancelledError("the change was given up");
  return transaction.commit();
}

absl::Status write_base(Database& database, const StoredState& state, const Deltas& deltas) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  RETURN_IF_ERROR(ContentWriter(database, nullptr).write(deltas));
  RETURN_IF_ERROR(database.execute("DELETE FROM history"));
  RETURN_IF_ERROR(write_history_row(
      database, base_entry(state.config.generation, "restored from the last good snapshot")));
  RETURN_IF_ERROR(put_meta(database, "last_zone_id", absl::StrCat(state.last_zone_id)));
  RETURN_IF_ERROR(put_meta(database, "installation_id", state.installation_id));
  RETURN_IF_ERROR(transaction.commit());
  return write_health(database, state.health, {});
}

absl::Status write_health(Database& database, const StoredHealthById& verdicts,
                          const std::vector<HealthFlip>& flips) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  ASSIGN_OR_RETURN(Statement put, database.prepare("INSERT OR REPLACE INTO health_state "
                                                   "(check_id, healthy, since) VALUES (?, ?, ?)"));
  for (const auto& [id, known] : verdicts) {
    RETURN_IF_ERROR(put.bind_text(1, id)
                        .bind(2, known.health == model::Health::kHealthy ? 1 : 0)
                        .bind(3, known.since ? to_microseconds(*known.since) : 0)
                        .run());
  }
  RETURN_IF_ERROR(add_health_flips(database, flips));
  return transaction.commit();
}

absl::Status write_externals(Database& database, const ExternalAnswers& answers) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin(database));
  ASSIGN_OR_RETURN(Statement put, database.prepare("INSERT OR REPLACE INTO external_answers "
                                                   "(key, rdata, ttl, resolved, failing, checksum) "
                                                   "VALUES (?, ?, ?, ?, ?, ?)"));
  ASSIGN_OR_RETURN(Statement remove,
                   database.prepare("DELETE FROM external_answers WHERE key = ?"));
  for (const auto& [key, answer] : answers) {
    if (answer == nullptr) {
      RETURN_IF_ERROR(remove.bind_text(1, key).run());
      continue;
    }
    const std::string rdata = join_rdata(answer->rdata);
    RETURN_IF_ERROR(put.bind_text(1, key)
                        .bind_blob(2, rdata)
                        .bind(3, answer->ttl)
                        .bind(4, answer->resolved)
                        .bind(5, answer->failing ? 1 : 0)
                        .bind(6, checksum(key, rdata))
                        .run());
  }
  return transaction.commit();
}

absl::StatusOr<std::vector<HistoryEntry>> read_history(Database& database,
                                                       model::ConfigGeneration before,
                                                       std::size_t limit) {
  ASSIGN_OR_RETURN(Statement rows,
                   database.prepare("SELECT generation, time, author, comment, added, changed, "
                                    "removed FROM history WHERE ? = 0 OR generation < ? "
                                    "ORDER BY generation DESC LIMIT ?"));
  rows.bind(1, static_cast<std::int64_t>(before));
  rows.bind(2, static_cast<std::int64_t>(before));
  rows.bind(3, static_cast<std::int64_t>(limit));
  std::vector<HistoryEntry> entries;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return entries;
    HistoryEntry entry;
    entry.generation = static_cast<model::ConfigGeneration>(rows.integer(0));
    entry.time = from_microseconds(rows.integer(1));
    entry.author = rows.octets(2);
    entry.comment = rows.octets(3);
    entry.counts.added = static_cast<std::uint32_t>(rows.integer(4));
    entry.counts.changed = static_cast<std::uint32_t>(rows.integer(5));
    entry.counts.removed = static_cast<std::uint32_t>(rows.integer(6));
    entries.push_back(std::move(entry));
  }
}

absl::StatusOr<std::pair<model::ConfigGeneration, model::ConfigGeneration>> read_history_bounds(
    Database& database) {
  ASSIGN_OR_RETURN(Statement row,
                   database.prepare("SELECT min(generation), max(generation) FROM history"));
  ASSIGN_OR_RETURN(const bool found, row.step());
  if (!found || row.is_null(0)) return damaged("history");
  return std::pair(static_cast<model::ConfigGeneration>(row.integer(0)),
                   static_cast<model::ConfigGeneration>(row.integer(1)));
}

}  // namespace signpost::control
