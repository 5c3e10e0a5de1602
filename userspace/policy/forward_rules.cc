#include "policy/forward_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace signpost::policy {

void check_forward_rules(const model::Config& after, const model::ChangeBatch& batch,
                         Problems& problems) {
  std::set<std::string> put;
  for (const model::Change& change : batch.changes) {
    if (const auto* rule = std::get_if<model::PutForwardRule>(&change))
      put.insert(rule->rule->name);
  }
  if (put.empty()) return;
  std::map<std::pair<dns::Name, model::Prefix>, std::string> admitted;
  after.forward_rules.for_each([&](const std::string& name, const model::ForwardRulePtr& rule) {
    for (const model::Prefix& clients : rule->clients) {
      const auto [at, is_new] = admitted.try_emplace({rule->domain, clients}, name);
      if (is_new || (!put.contains(name) && !put.contains(at->second))) continue;
      problems.add("forward rule ", std::max(name, at->second), ": ", clients.text(),
                   " is admitted to ", rule->domain.text(), " by forward rule ",
                   std::min(name, at->second), " as well; take it out of one of the two");
    }
  });
}

}  // namespace signpost::policy
