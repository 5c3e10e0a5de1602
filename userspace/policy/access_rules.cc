#include "policy/access_rules.h"

#include <algorithm>
#include <optional>

namespace signpost::policy {
namespace {

void check_key(const model::Config& after, const model::ZoneAccess& access,
               const std::optional<dns::Name>& key, Problems& problems) {
  if (!key || after.tsig_keys.find(key->text()) != nullptr) return;
  problems.add("access to ", access.key(), ": there is no TSIG key ", key->text(),
               "; define it under tsig_keys");
}

bool touches_keys(const model::Change& change) {
  return std::holds_alternative<model::PutZoneAccess>(change) ||
         std::holds_alternative<model::DeleteTsigKey>(change);
}

}  // namespace

void check_access(const model::Config& after, const model::ChangeBatch& batch, Problems& problems) {
  if (std::none_of(batch.changes.begin(), batch.changes.end(), touches_keys)) return;
  after.zone_access.for_each([&](const std::string&, const model::ZoneAccessPtr& access) {
    for (const model::AccessRule& rule : access->transfer)
      check_key(after, *access, rule.key, problems);
    for (const model::AccessRule& rule : access->update)
      check_key(after, *access, rule.key, problems);
    for (const model::NotifyTarget& target : access->notify)
      check_key(after, *access, target.key, problems);
  });
}

}  // namespace signpost::policy
