#include "control/group_rows.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "control/stored_form.h"

namespace signpost::control {
namespace {

// What most rows need at most.
constexpr std::size_t kRowOctets = 64;

std::uint64_t first_octets(std::string_view owner) {
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < sizeof begin; ++i)
    begin = begin << 8 | (i < owner.size() ? static_cast<unsigned char>(owner[i]) : 0);
  return begin;
}

}  // namespace

absl::StatusOr<GroupRows> GroupRows::of(const std::vector<GroupDelta>& groups,
                                        const ZoneIdOf& zone_id_of) {
  GroupRows rows;
  rows.places_.reserve(groups.size());
  rows.octets_.reserve(groups.size() * kRowOctets);
  for (const GroupDelta& delta : groups) RETURN_IF_ERROR(rows.add(delta, zone_id_of));
  std::sort(rows.places_.begin(), rows.places_.end(),
            [&](const Place& a, const Place& b) { return rows.is_before(a, b); });
  return rows;
}

GroupRow GroupRows::operator[](std::size_t index) const {
  const Place& place = places_[index];
  std::string_view rest(octets_);
  rest.remove_prefix(place.offset + place.owner_size);
  const auto take = [&](std::int32_t size) -> std::optional<std::string_view> {
    if (size == kAbsent) return std::nullopt;
    const std::string_view content = rest.substr(0, static_cast<std::size_t>(size));
    rest.remove_prefix(content.size());
    return content;
  };
  GroupRow row;
  row.zone_id = zones_[place.zone].id;
  row.zone_apex = zones_[place.zone].apex;
  row.owner = owner_of(place);
  row.type = place.type;
  row.before = take(place.before_size);
  row.after = take(place.after_size);
  return row;
}

absl::Status GroupRows::add(const GroupDelta& delta, const ZoneIdOf& zone_id_of) {
  ASSIGN_OR_RETURN(const std::uint32_t zone, zone_of(delta.zone_apex, zone_id_of));
  const std::string owner = delta.owner.key();
  Place& place = places_.emplace_back(Place{zone, static_cast<std::uint16_t>(delta.type),
                                            static_cast<std::uint16_t>(owner.size()),
                                            first_octets(owner), octets_.size(), kAbsent, kAbsent});
  octets_ += owner;
  place.before_size = add_content(delta.before);
  place.after_size = add_content(delta.after);
  return absl::OkStatus();
}

absl::StatusOr<std::uint32_t> GroupRows::zone_of(const dns::Name& apex,
                                                 const ZoneIdOf& zone_id_of) {
  const auto [known, is_new] =
      zone_indices_.try_emplace(apex, static_cast<std::uint32_t>(zones_.size()));
  if (!is_new) return known->second;
  ASSIGN_OR_RETURN(const std::int64_t id, zone_id_of(apex));
  zones_.push_back({id, apex.key()});
  return known->second;
}

std::int32_t GroupRows::add_content(const model::RecordGroupPtr& group) {
  if (group == nullptr) return kAbsent;
  const std::size_t begin = octets_.size();
  append_group(*group, octets_);
  return static_cast<std::int32_t>(octets_.size() - begin);
}

std::string_view GroupRows::owner_of(const Place& place) const {
  return std::string_view(octets_).substr(place.offset, place.owner_size);
}

bool GroupRows::is_before(const Place& a, const Place& b) const {
  if (a.zone != b.zone) return zones_[a.zone].id < zones_[b.zone].id;
  if (a.owner_begin != b.owner_begin) return a.owner_begin < b.owner_begin;
  const int order = owner_of(a).compare(owner_of(b));
  return order != 0 ? order < 0 : a.type < b.type;
}

}  // namespace signpost::control
