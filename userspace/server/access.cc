#include "server/access.h"

#include <algorithm>

#include "server/choice.h"

namespace signpost::server {

bool admits(const std::vector<model::AccessRule>& rules, const ClientAddress& client,
            const dns::Name* key) {
  const model::Prefix source = prefix_of(client);
  return std::any_of(rules.begin(), rules.end(), [&](const model::AccessRule& rule) {
    if (rule.prefix && !rule.prefix->contains(source)) return false;
    return !rule.key || (key != nullptr && *key == *rule.key);
  });
}

}  // namespace signpost::server
