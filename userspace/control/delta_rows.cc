#include "control/delta_rows.h"

#include <memory>
#include <utility>

#include "base/status.h"
#include "control/stored_form.h"

namespace signpost::control {
namespace {

using Content = std::optional<std::string>;

template <typename T, typename Encode>
Content content_of(const std::shared_ptr<const T>& value, Encode&& encode) {
  if (value == nullptr) return std::nullopt;
  return encode(*value);
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

template <typename Value>
absl::Status append(const DeltaRow& row, std::vector<KeyedDelta<Value>>& out) {
  KeyedDelta<Value>& delta = out.emplace_back();
  delta.key = row.subject;
  if (row.before) RETURN_IF_ERROR(decode(*row.before, delta.before));
  if (row.after) RETURN_IF_ERROR(decode(*row.after, delta.after));
  return absl::OkStatus();
}

absl::Status append_keyed(const DeltaRow& row, Deltas& out) {
  absl::Status appended = absl::DataLossError("a stored change has an unknown kind");
  for_each_keyed(out, [&]<typename Value>(std::vector<KeyedDelta<Value>>& list) {
    if (kKindOf<Value> == row.kind) appended = append(row, list);
  });
  return appended;
}

}  // namespace

std::vector<DeltaRow> rows_but_groups(const Deltas& deltas) {
  std::vector<DeltaRow> rows;
  for (const ZoneDelta& delta : deltas.zones) {
    rows.push_back({.kind = kZoneRow,
                    .subject = delta.apex.key(),
                    .owner = {},
                    .type = 0,
                    .before = content_of(delta.before, encode_zone),
                    .after = content_of(delta.after, encode_zone)});
  }
  for_each_keyed(deltas, [&]<typename Value>(const std::vector<KeyedDelta<Value>>& list) {
    for (const KeyedDelta<Value>& delta : list) {
      const auto encoded = [&](const Value& value) { return encode(delta.key, value); };
      rows.push_back({.kind = kKindOf<Value>,
                      .subject = delta.key,
                      .owner = {},
                      .type = 0,
                      .before = content_of(delta.before, encoded),
                      .after = content_of(delta.after, encoded)});
    }
  });
  return rows;
}

DeltaRow row_of(const GroupDelta& delta) {
  return {.kind = kGroupRow,
          .subject = delta.zone_apex.key(),
          .owner = delta.owner.key(),
          .type = static_cast<std::int64_t>(delta.type),
          .before = content_of(delta.before, encode_group),
          .after = content_of(delta.after, encode_group)};
}

absl::Status add_row(const DeltaRow& row, Deltas& out) {
  if (row.kind != kZoneRow && row.kind != kGroupRow) return append_keyed(row, out);
  ASSIGN_OR_RETURN(const dns::Name apex, dns::Name::from_key(row.subject));
  if (row.kind == kZoneRow) {
    ZoneDelta& delta = out.zones.emplace_back();
    delta.apex = apex;
    ASSIGN_OR_RETURN(delta.before, to_zone(apex, row.before));
    ASSIGN_OR_RETURN(delta.after, to_zone(apex, row.after));
    return absl::OkStatus();
  }
  GroupDelta& delta = out.groups.emplace_back();
  delta.zone_apex = apex;
  delta.type = static_cast<dns::RRType>(row.type);
  ASSIGN_OR_RETURN(delta.owner, dns::Name::from_key(row.owner));
  ASSIGN_OR_RETURN(delta.before, to_group(delta.type, row.before));
  ASSIGN_OR_RETURN(delta.after, to_group(delta.type, row.after));
  return absl::OkStatus();
}

}  // namespace signpost::control
