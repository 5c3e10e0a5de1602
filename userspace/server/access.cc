#include "server/access.h"

#include <algorithm>

#include "server/choice.h"

namespace signpost::server {

bool admits(const std::vector<model::AccessRule>& rules, const Requester& requester) {
  const model::Prefix source = prefix_of(requester.address);
  return std::any_of(rules.begin(), rules.end(), [&](const model::AccessRule& rule) {
    if (rule.prefix && !rule.prefix->contains(source)) return false;
    if (rule.tls && !requester.over_tls) return false;
    return !rule.key || (requester.key != nullptr && *requester.key == *rule.key);
  });
}

}  // namespace signpost::server
