#include "forward/rules.h"

#include <algorithm>

namespace signpost::forward {

Rules::Rules(const std::vector<model::ForwardRulePtr>& rules) {
  for (const model::ForwardRulePtr& rule : rules) {
    for (const model::Prefix& clients : rule->clients)
      by_domain_[rule->domain].push_back({clients, rule});
  }
  for (auto& [domain, admissions] : by_domain_) {
    std::stable_sort(
        admissions.begin(), admissions.end(),
        [](const Admission& a, const Admission& b) { return a.clients.length > b.clients.length; });
  }
}

model::ForwardRulePtr Rules::find(const dns::Name& qname, const model::Prefix& client) const {
  if (empty()) return nullptr;
  const dns::Name folded = qname.folded();
  for (std::size_t labels = folded.label_count() + 1; labels-- > 0;) {
    const auto at = by_domain_.find(folded.suffix(labels));
    if (at == by_domain_.end()) continue;
    for (const Admission& admission : at->second)
      if (admission.clients.contains(client)) return admission.rule;
  }
  return nullptr;
}

}  // namespace signpost::forward
