#include "model/answer_table.h"

#include <algorithm>

namespace signpost::model {

namespace {

bool same(const AnswerPtr& a, const AnswerPtr& b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

}  // namespace

bool operator==(const AnswersByLocality& a, const AnswersByLocality& b) {
  return a.partition == b.partition &&
         std::equal(a.answers.begin(), a.answers.end(), b.answers.begin(), b.answers.end(), same);
}

const Answer* Node::answer(dns::RRType type) const {
  auto at =
      std::lower_bound(types.begin(), types.end(), type,
                       [](const auto& entry, dns::RRType wanted) { return entry.first < wanted; });
  if (at != types.end() && at->first == type) return at->second.get();
  return other.get();
}

bool Node::serves_like(const Node& node) const {
  return zone == node.zone && is_apex == node.is_apex && is_void == node.is_void &&
         is_zone_cut == node.is_zone_cut && has_wildcard == node.has_wildcard &&
         encloser_labels == node.encloser_labels && dname_target == node.dname_target &&
         same(other, node.other) &&
         std::equal(types.begin(), types.end(), node.types.begin(), node.types.end(),
                    [](const auto& a, const auto& b) {
                      return a.first == b.first && same(a.second, b.second);
                    });
}

}  // namespace signpost::model
