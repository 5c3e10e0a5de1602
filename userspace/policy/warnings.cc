#include <algorithm>

#include "absl/strings/str_cat.h"
#include "policy/validate.h"

namespace signpost::policy {

using model::RecordGroup;
using model::RecordSet;

namespace {

std::string group_words(const model::PutGroup& put) {
  return absl::StrCat(put.owner.text(), " ", dns::to_text(put.group->type));
}

unsigned weight_of(const RecordSet& set) {
  const auto* weighted = std::get_if<model::Weighted>(&set.policy);
  return weighted == nullptr ? 0 : weighted->weight;
}

void warn_about_weights(const model::PutGroup& put, std::vector<std::string>& found) {
  const RecordGroup& group = *put.group;
  if (!std::holds_alternative<model::Weighted>(group.sets.front().policy)) return;
  const bool always_some = std::any_of(
      group.sets.begin(), group.sets.end(),
      [](const RecordSet& set) { return weight_of(set) > 0 && set.health_check_id.empty(); });
  for (const RecordSet& set : group.sets) {
    if (weight_of(set) == 0 && always_some) {
      found.push_back(
          absl::StrCat(group_words(put), ": set ", set.set_identifier,
                       " of weight 0 is never answered: a set above 0 has no health check"));
    }
  }
}

void warn_about_missing_checks(const model::PutGroup& put, std::vector<std::string>& found) {
  const RecordGroup& group = *put.group;
  if (std::holds_alternative<model::Simple>(group.sets.front().policy)) return;
  const auto has_check = [](const RecordSet& set) { return !set.health_check_id.empty(); };
  if (std::none_of(group.sets.begin(), group.sets.end(), has_check)) return;
  for (const RecordSet& set : group.sets) {
    const auto* failover = std::get_if<model::Failover>(&set.policy);
    const bool may_lack = failover != nullptr && failover->role == model::FailoverRole::kSecondary;
    if (has_check(set) || may_lack) continue;
    found.push_back(
        absl::StrCat(group_words(put), ": set ", set.set_identifier,
                     " has no health check and is answered even while its endpoint is down"));
  }
}

void warn_about_lone_role(const model::PutGroup& put, std::vector<std::string>& found) {
  const RecordGroup& group = *put.group;
  if (group.sets.size() == 1 &&
      std::holds_alternative<model::Failover>(group.sets.front().policy)) {
    found.push_back(absl::StrCat(group_words(put), ": the only failover set can't fail over"));
  }
}

// Removing a check that is in use is allowed, as in Route 53; its sets then count as healthy
// (route53-semantics 2.4).
void warn_about_removed_check(const model::Config& after, const std::string& id,
                              std::vector<std::string>& found) {
  after.zones.for_each([&](const dns::Name&, const model::ZonePtr& zone) {
    zone->owners.for_each([&](const dns::Name& owner, const model::OwnerRecordsPtr& records) {
      for (const model::RecordGroupPtr& group : records->groups) {
        for (const RecordSet& set : group->sets) {
          if (set.health_check_id != id) continue;
          found.push_back(absl::StrCat(owner.text(), " ", dns::to_text(group->type), ": set ",
                                       set.set_identifier, " names the removed health check ", id,
                                       " and counts as healthy"));
        }
      }
    });
  });
}

}  // namespace

std::vector<std::string> warnings(const model::Config& after, const model::ChangeBatch& batch) {
  std::vector<std::string> found;
  for (const model::Change& change : batch.changes) {
    if (const auto* put = std::get_if<model::PutGroup>(&change)) {
      warn_about_weights(*put, found);
      warn_about_missing_checks(*put, found);
      warn_about_lone_role(*put, found);
    } else if (const auto* removal = std::get_if<model::DeleteHealthCheck>(&change)) {
      warn_about_removed_check(after, removal->id, found);
    }
  }
  return found;
}

}  // namespace signpost::policy
