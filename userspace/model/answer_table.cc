#include "model/answer_table.h"

#include <algorithm>

namespace signpost::model {

const Answer* Node::answer(dns::RRType type) const {
  auto at = std::lower_bound(types.begin(), types.end(), type,
                             [](const auto& entry, dns::RRType wanted) { return entry.first < wanted; });
  if (at != types.end() && at->first == type) return at->second.get();
  return other.get();
}

}  // namespace signpost::model
