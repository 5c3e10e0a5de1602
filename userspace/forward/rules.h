// From a question and its client to the rule by which it is passed on.
#pragma once

#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "dns/name.h"
#include "model/forward_rule.h"
#include "model/prefix.h"

namespace signpost::forward {

class Rules {
 public:
  Rules() = default;
  explicit Rules(const std::vector<model::ForwardRulePtr>& rules);

  bool empty() const { return by_domain_.empty(); }

  // The rule with the longest domain at or above `qname` among those that admit `client`, an
  // address as a prefix of all its bits; of several for one domain that with the longest prefix
  // around it. Null: nobody is asked.
  model::ForwardRulePtr find(const dns::Name& qname, const model::Prefix& client) const;

 private:
  struct Admission {
    model::Prefix clients;
    model::ForwardRulePtr rule;
  };

  absl::flat_hash_map<dns::Name, std::vector<Admission>> by_domain_;  // longest prefixes first
};
using RulesPtr = std::shared_ptr<const Rules>;

}  // namespace signpost::forward
