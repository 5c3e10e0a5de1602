#include "policy/id_registry.h"

#include <algorithm>
#include <utility>

namespace signpost::policy {

IdRegistry::IdRegistry(std::uint32_t ring_limit, std::uint32_t counter_limit) {
  rings_.limit = ring_limit;
  counters_.limit = counter_limit;
}

std::uint32_t IdRegistry::id_of(const IdHolder& holder) {
  if (auto held = held_.find(holder); held != held_.end()) return held->second;
  Pool& from = pool(holder.kind);
  std::uint32_t id = take_remembered(holder, from);
  if (id != 0) {
    held_.emplace(holder, id);
    return id;
  }
  if (!from.free.empty()) {
    id = from.free.extract(from.free.begin()).value();
  } else if (from.next < from.limit) {
    id = from.next++;
  } else {
    return 0;
  }
  held_.emplace(holder, id);
  journal_.assigned.emplace_back(holder, id);
  return id;
}

std::uint32_t IdRegistry::take_remembered(const IdHolder& holder, Pool& from) {
  if (from.unclaimed.empty()) return 0;
  const std::optional<std::uint32_t> id = remembered_(holder);
  return id && from.unclaimed.erase(*id) == 1 ? *id : 0;
}

void IdRegistry::release(const dns::Name& owner, dns::RRType type) {
  for (const auto kind : {IdHolder::Kind::kRing, IdHolder::Kind::kCounter}) {
    auto at = held_.lower_bound(IdHolder{kind, owner, type, ""});
    while (at != held_.end() && at->first.kind == kind && at->first.owner == owner &&
           at->first.type == type) {
      pool(kind).free.insert(at->second);
      journal_.released.emplace_back(at->first, at->second);
      at = held_.erase(at);
    }
  }
}

void IdRegistry::restore(Remembered remembered) {
  remembered_ = std::move(remembered.id_of);
  for (const auto& [kind, id] : remembered.ids) {
    Pool& to = pool(kind);
    if (id > 0 && id < to.limit) to.unclaimed.insert(id);
  }
  for (Pool* to : {&rings_, &counters_}) {
    if (to->unclaimed.empty()) continue;
    const std::uint32_t last = *to->unclaimed.rbegin();
    for (; to->next <= last; ++to->next) {
      if (!to->unclaimed.contains(to->next)) to->free.insert(to->next);
    }
  }
}

void IdRegistry::free_unclaimed() {
  for (const auto kind : {IdHolder::Kind::kRing, IdHolder::Kind::kCounter}) {
    Pool& to = pool(kind);
    for (const std::uint32_t id : to.unclaimed) journal_.unclaimed.emplace_back(kind, id);
    to.free.merge(to.unclaimed);
    to.unclaimed.clear();
  }
}

IdRegistry::Journal IdRegistry::take_journal() { return std::exchange(journal_, {}); }

}  // namespace signpost::policy
