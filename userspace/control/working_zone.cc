#include "control/working_zone.h"

#include <algorithm>

#include "dns/rdata.h"

namespace signpost::control {

using dns::Name;
using dns::RRType;

std::string comparable(RRType type, std::string rdata) {
  dns::fold_names_in_rdata(type, rdata);
  return rdata;
}

std::vector<std::string> all_comparable(RRType type, const model::RdataList& all) {
  std::vector<std::string> folded;
  folded.reserve(all.size());
  for (const std::string& rdata : all) folded.push_back(comparable(type, rdata));
  std::sort(folded.begin(), folded.end());
  return folded;
}

const model::RecordGroup* WorkingZone::group(const Name& owner, RRType type) const {
  const auto changed = changed_.find({owner, type});
  return changed != changed_.end() ? changed->second.get() : zone_.group(owner, type);
}

std::vector<RRType> WorkingZone::types(const Name& owner) const {
  std::vector<RRType> types;
  if (const model::OwnerRecordsPtr* records = zone_.owners.find(owner)) {
    for (const model::RecordGroupPtr& held : (*records)->groups)
      if (group(owner, held->type) != nullptr) types.push_back(held->type);
  }
  for (auto at = changed_.lower_bound({owner, RRType{0}});
       at != changed_.end() && at->first.first == owner; ++at) {
    if (at->second && zone_.group(owner, at->first.second) == nullptr)
      types.push_back(at->first.second);
  }
  return types;
}

void WorkingZone::put(const Name& owner, RRType type, model::RecordSet set) {
  std::shared_ptr<model::RecordGroup>& group = changed_[{owner, type}];
  group.reset();
  if (set.rdata.empty()) return;
  group = std::make_shared<model::RecordGroup>();
  group->type = type;
  group->sets.push_back(std::move(set));
}

std::vector<model::Change> WorkingZone::changes() const {
  std::vector<model::Change> changes;
  for (const auto& [key, after] : changed_) {
    const model::RecordGroup* before = zone_.group(key.first, key.second);
    if (after && (before == nullptr || !(*before == *after))) {
      changes.emplace_back(model::PutGroup{zone_.apex, key.first, after});
    } else if (!after && before != nullptr) {
      changes.emplace_back(model::DeleteGroup{zone_.apex, key.first, key.second});
    }
  }
  return changes;
}

}  // namespace signpost::control
