#include "control/history_changes.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "control/stored_form.h"

namespace signpost::control {
namespace {

// Values of the column `kind`; the others are those of kKindOf.
constexpr std::int64_t kZone = 1;
constexpr std::int64_t kGroup = 2;

constexpr const char* kSchema = R"(
CREATE TABLE history_changes (
  generation INTEGER NOT NULL REFERENCES history (generation), position INTEGER NOT NULL,
  kind INTEGER NOT NULL, subject BLOB NOT NULL, owner BLOB, type INTEGER,
  before BLOB, after BLOB, PRIMARY KEY (generation, position)) WITHOUT ROWID;
)";

using Content = std::optional<std::string>;

template <typename T, typename Encode>
Content content_of(const std::shared_ptr<const T>& value, Encode&& encode) {
  if (value == nullptr) return std::nullopt;
  return encode(*value);
}

Content column(const Statement& row, int index) {
  if (row.is_null(index)) return std::nullopt;
  return std::string(row.octets(index));
}

absl::StatusOr<model::ZonePtr> to_zone(const dns::Name& apex, const Content& content) {
  if (!content) return model::ZonePtr();
  auto zone = std::make_shared<model::Zone>();
  zone->apex = apex;
  RETURN_IF_ERROR(decode_zone(*content, *zone));
  return zone;
}

absl::StatusOr<model::RecordGroupPtr> to_group(dns::RRType type, const Content& content) {
  if (!content) return model::RecordGroupPtr();
  return decode_group(type, *content);
}

// (kind, subject, owner, type)
using Subject = std::tuple<std::int64_t, std::string, std::string, std::int64_t>;

template <typename Value>
absl::Status append(const std::string& key, const Content& before, const Content& after,
                    std::vector<KeyedDelta<Value>>& out) {
  KeyedDelta<Value>& delta = out.emplace_back();
  delta.key = key;
  if (before) RETURN_IF_ERROR(decode(*before, delta.before));
  if (after) RETURN_IF_ERROR(decode(*after, delta.after));
  return absl::OkStatus();
}

absl::Status append_keyed(std::int64_t kind, const std::string& key, const Content& before,
                          const Content& after, Deltas& out) {
  absl::Status appended = absl::DataLossError("a row of history_changes has an unknown kind");
  for_each_keyed(out, [&]<typename Value>(std::vector<KeyedDelta<Value>>& list) {
    if (kKindOf<Value> == kind) appended = append(key, before, after, list);
  });
  return appended;
}

absl::Status append(const Subject& subject, const Content& before, const Content& after,
                    Deltas& out) {
  const auto& [kind, key, owner_wire, type_number] = subject;
  if (kind != kZone && kind != kGroup) return append_keyed(kind, key, before, after, out);
  ASSIGN_OR_RETURN(const dns::Name apex, dns::Name::from_wire(key));
  if (kind == kZone) {
    ZoneDelta& delta = out.zones.emplace_back();
    delta.apex = apex;
    ASSIGN_OR_RETURN(delta.before, to_zone(apex, before));
    ASSIGN_OR_RETURN(delta.after, to_zone(apex, after));
    return absl::OkStatus();
  }
  GroupDelta& delta = out.groups.emplace_back();
  delta.zone_apex = apex;
  delta.type = static_cast<dns::RRType>(type_number);
  ASSIGN_OR_RETURN(delta.owner, dns::Name::from_wire(owner_wire));
  ASSIGN_OR_RETURN(delta.before, to_group(delta.type, before));
  ASSIGN_OR_RETURN(delta.after, to_group(delta.type, after));
  return absl::OkStatus();
}

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
  for (const ZoneDelta& delta : deltas.zones) {
    RETURN_IF_ERROR(write(kZone, delta.apex.wire(), content_of(delta.before, encode_zone),
                          content_of(delta.after, encode_zone)));
  }
  absl::Status written;
  for_each_keyed(deltas, [&]<typename Value>(const std::vector<KeyedDelta<Value>>& list) {
    for (const KeyedDelta<Value>& delta : list) {
      const auto encoded = [&](const Value& value) { return encode(delta.key, value); };
      if (!written.ok()) return;
      written = write(kKindOf<Value>, delta.key, content_of(delta.before, encoded),
                      content_of(delta.after, encoded));
    }
  });
  return written;
}

absl::Status HistoryChangesWriter::add_group(const GroupDelta& delta, std::string_view after) {
  put_.bind_blob(5, delta.owner.wire()).bind(6, static_cast<std::int64_t>(delta.type));
  const Content before = content_of(delta.before, encode_group);
  return write(kGroup, delta.zone_apex.wire(), before,
               delta.after ? std::optional(after) : std::nullopt);
}

absl::Status HistoryChangesWriter::write(std::int64_t kind, std::string_view subject,
                                         std::optional<std::string_view> before,
                                         std::optional<std::string_view> after) {
  put_.bind(2, position_++).bind(3, kind).bind_blob(4, subject);
  const auto bind_content = [&](int parameter, std::optional<std::string_view> content) {
    if (content) {
      put_.bind_blob(parameter, *content);
    } else {
      put_.bind_null(parameter);
    }
  };
  bind_content(7, before);
  bind_content(8, after);
  return put_.run();
}

absl::StatusOr<Deltas> read_deltas(Database& database, model::ConfigGeneration from,
                                   model::ConfigGeneration to) {
  ASSIGN_OR_RETURN(Statement rows,
                   database.prepare("SELECT kind, subject, owner, type, before, after "
                                    "FROM history_changes WHERE generation > ? AND "
                                    "generation <= ? ORDER BY generation, position"));
  rows.bind(1, static_cast<std::int64_t>(from)).bind(2, static_cast<std::int64_t>(to));
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
    RETURN_IF_ERROR(append(subject, contents.first, contents.second, deltas));
  }
  return deltas;
}

}  // namespace signpost::control
