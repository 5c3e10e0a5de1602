// Keeps Config::references.
#pragma once

#include <memory>
#include <string>

#include "model/change.h"
#include "model/config.h"
#include "model/references.h"

namespace signpost::policy {

// Config::references, collected from all zones if it is null.
std::shared_ptr<const model::References> references_of(const model::Config& config);

// Sets after.references; `after` is `before` with the batch applied. Work grows with the batch.
void update_references(const model::Config& before, const model::ChangeBatch& batch,
                       model::Config& after);

// The group of that key, or null.
const model::RecordGroup* find_group(const model::Config& config, const model::GroupKey& key);

// "www.example.com., type A".
std::string words_of(const model::GroupKey& key);

// "A, B and 3 others": the first groups of `keys` in order of their names.
std::string words_of(const model::GroupKeys& keys);

// Calls visit(group) for every group that the batch may have removed: that was there and is not.
template <typename Visit>
void for_each_removed(const model::Config& before, const model::ChangeBatch& batch,
                      const model::Config& after, const Visit& visit) {
  const auto look_at = [&](const model::GroupKey& key) {
    if (find_group(before, key) != nullptr && find_group(after, key) == nullptr) visit(key);
  };
  for (const model::Change& change : batch.changes) {
    if (const auto* removal = std::get_if<model::DeleteGroup>(&change)) {
      look_at({removal->zone_apex, removal->owner, removal->type});
    } else if (const auto* zone = std::get_if<model::DeleteZone>(&change)) {
      const model::ZonePtr* held = before.zones.find(zone->apex);
      if (held == nullptr) continue;
      (*held)->owners.for_each([&](const dns::Name& owner, const model::OwnerRecordsPtr& records) {
        for (const model::RecordGroupPtr& group : records->groups)
          look_at({zone->apex, owner, group->type});
      });
    }
  }
}

}  // namespace signpost::policy
