// What a batch makes of the rows of groups, encoded, in the order of the key of their table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/delta.h"

namespace signpost::control {

// Names as Name::key(), contents as they are stored; null: absent.
struct GroupRow {
  std::int64_t zone_id = 0;
  std::string_view zone_apex;
  std::string_view owner;
  std::int64_t type = 0;
  std::optional<std::string_view> before;
  std::optional<std::string_view> after;
};

// Rows that lie beside each other in the table are written fastest one after the other, and groups
// are read fastest in the order of the batch, which is that of memory. So they are encoded in the
// one and sorted into the other: a row is a few octets in one place, a group has parts in several.
class GroupRows {
 public:
  using ZoneIdOf = std::function<absl::StatusOr<std::int64_t>(const dns::Name& apex)>;

  static absl::StatusOr<GroupRows> of(const std::vector<GroupDelta>& groups,
                                      const ZoneIdOf& zone_id_of);

  std::size_t size() const { return places_.size(); }
  // Valid as long as this is.
  GroupRow operator[](std::size_t index) const;

 private:
  static constexpr std::int32_t kAbsent = -1;

  struct Zone {
    std::int64_t id;
    std::string apex;
  };
  // Where a row lies in octets_: its owner, then its contents before and after.
  struct Place {
    std::uint32_t zone;  // index into zones_
    std::uint16_t type;
    std::uint16_t owner_size;
    std::uint64_t owner_begin;  // the owner's first octets, the first the highest
    std::size_t offset;
    std::int32_t before_size;  // kAbsent: there is none
    std::int32_t after_size;   // likewise
  };

  absl::Status add(const GroupDelta& delta, const ZoneIdOf& zone_id_of);
  absl::StatusOr<std::uint32_t> zone_of(const dns::Name& apex, const ZoneIdOf& zone_id_of);
  std::int32_t add_content(const model::RecordGroupPtr& group);
  std::string_view owner_of(const Place& place) const;
  bool is_before(const Place& a, const Place& b) const;

  std::vector<Zone> zones_;
  absl::flat_hash_map<dns::Name, std::uint32_t> zone_indices_;
  std::string octets_;
  std::vector<Place> places_;
};

}  // namespace signpost::control
