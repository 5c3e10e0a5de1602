#include "policy/what_if.h"

#include <utility>

#include "model/calculation.h"
#include "policy/lookup.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;

namespace {

// Nodes kept at a time.
constexpr std::size_t kComposedMax = 10'000;

}  // namespace

// A registry of limit 1 has no ids to give.
WhatIf::WhatIf(const Side& side)
    : side_(side), partitioner_(side.table.localities), no_ids_(1, 1), seen_(side.seen) {}

void WhatIf::fail(const std::set<std::string>& failed) {
  composed_.clear();
  failed_ = failed;
  seen_ = side_.seen;
  for (const std::string& check : failed) seen_.health.set(check, model::Health::kUnhealthy);
  model::recalculate(side_.config, seen_);
}

// The node that answers for the name: its own or a wildcard's.
const WhatIf::Composed* WhatIf::composed(const Name& name, const std::set<std::string>& failed) {
  const Location at = locate(side_.table.nodes, name);
  const model::Node* node = at.node != nullptr ? at.node : at.wildcard;
  if (node == nullptr || !node->has_records || node->is_zone_cut) return nullptr;
  const Name owner = at.node != nullptr ? name : at.encloser_name.with_prefix("*").value();
  if (composed_.size() >= kComposedMax) composed_.clear();
  if (failed != failed_) fail(failed);
  const auto [entry, added] = composed_.try_emplace(owner);
  if (!added) return &entry->second;
  Composer composer(side_.config, seen_, side_.table.nodes, partitioner_, no_ids_);
  entry->second.node = *node;
  entry->second.needs = composer.compose(owner, entry->second.node);
  return &entry->second;
}

model::AnswerPtr WhatIf::answer(const Name& name, RRType type,
                                const std::set<std::string>& failed) {
  const Composed* found = composed(name, failed);
  if (found == nullptr) return nullptr;
  for (const auto& [listed, answer] : found->node.types) {
    if (listed == type) return answer;
  }
  return found->node.other;
}

std::set<std::string> WhatIf::checks(const Name& name, RRType type) {
  std::set<std::string> asked;
  const Composed* found = composed(name, {});
  if (found == nullptr) return asked;
  for (const auto& [check, by] : found->needs.checks) {
    if (by == type) asked.insert(check);
  }
  return asked;
}

}  // namespace signpost::policy
