#include "control/record_set_list.h"

#include <algorithm>
#include <string>

#include "base/status.h"
#include "control/delta.h"
#include "control/service_support.h"
#include "control/translate.h"
#include "signpost/v1/control.pb.h"

namespace signpost::control {
namespace {

// Ends a page early, for the sake of the limit of a message.
constexpr std::size_t kPageOctetsMax = 2u << 20;

// Of the last record set of a page: its owner name, then "TYPE INDEX".
struct Position {
  dns::Name owner;
  unsigned type = 0;
  std::size_t index = 0;
};

std::string to_key(const Position& position) {
  return absl::StrCat(std::string(position.owner.wire()), position.type, " ", position.index);
}

absl::StatusOr<Position> from_key(const std::string& key, dns::NameSpace space) {
  Position position;
  // The wire form of a name ends with its first empty label.
  std::size_t end = 0;
  while (end < key.size() && key[end] != 0) end += 1u + static_cast<unsigned char>(key[end]);
  if (end >= key.size()) return invalid_argument("page_token: is not one of a page before");
  ASSIGN_OR_RETURN(const dns::Name owner, dns::Name::from_wire(key.substr(0, end + 1)));
  position.owner = owner.in(space);
  const std::string rest = key.substr(end + 1);
  char* next = nullptr;
  position.type = static_cast<unsigned>(std::strtoul(rest.c_str(), &next, 10));
  position.index = std::strtoul(next, nullptr, 10);
  return position;
}

}  // namespace

std::vector<dns::Name> sorted_owners(const model::Zone& zone) {
  std::vector<dns::Name> owners;
  owners.reserve(zone.owners.size());
  zone.owners.for_each(
      [&](const dns::Name& owner, const model::OwnerRecordsPtr&) { owners.push_back(owner); });
  std::sort(owners.begin(), owners.end());
  return owners;
}

RecordSetList::Owners RecordSetList::owners_of(const model::ZonePtr& zone) {
  {
    std::lock_guard lock(mutex_);
    if (zone_ == zone) return owners_;
  }
  auto owners = std::make_shared<const std::vector<dns::Name>>(sorted_owners(*zone));
  std::lock_guard lock(mutex_);
  zone_ = zone;
  owners_ = owners;
  return owners;
}

void RecordSetList::forget(const model::ZonePtr& zone) {
  std::lock_guard lock(mutex_);
  if (zone_ != zone) return;
  zone_.reset();
  owners_.reset();
}

absl::Status RecordSetList::page(const model::ZonePtr& zone,
                                 const v1::ListRecordSetsRequest& request,
                                 v1::ListRecordSetsResponse& out) {
  Position last;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(const std::string key, from_token(request.page_token()));
    ASSIGN_OR_RETURN(last, from_key(key, zone->apex.name_space()));
  }
  const bool from_start = request.page_token().empty();
  const std::size_t size = page_size(request.page_size());
  const Owners owners = owners_of(zone);
  auto at =
      from_start ? owners->begin() : std::lower_bound(owners->begin(), owners->end(), last.owner);
  Position here;
  std::size_t octets = 0;
  for (; at != owners->end(); ++at) {
    for (const model::RecordGroupPtr& group : (*zone->owners.find(*at))->groups) {
      const auto type = static_cast<unsigned>(group->type);
      for (std::size_t i = 0; i < visible_sets(*group); ++i) {
        const bool done = !from_start && *at == last.owner &&
                          (type < last.type || (type == last.type && i <= last.index));
        if (done) continue;
        const bool full =
            static_cast<std::size_t>(out.record_sets_size()) == size || octets > kPageOctetsMax;
        if (full) {
          out.set_next_page_token(to_token(to_key(here)));
          return absl::OkStatus();
        }
        v1::RecordSet& set = *out.add_record_sets();
        to_proto(*group, i, *at, zone->apex, set);
        octets += set.ByteSizeLong();
        here = {*at, type, i};
      }
    }
  }
  forget(zone);
  return absl::OkStatus();
}

}  // namespace signpost::control
