#include "policy/record_rules_alias.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "policy/inputs.h"
#include "policy/record_rules_references.h"

namespace signpost::policy {

using dns::RRType;
using model::AliasTarget;
using model::GroupKey;
using model::RecordGroup;
using model::RecordSet;

void AliasRules::check(const GroupKey& key, const RecordGroup& group) {
  bool has_alias = false;
  for (const RecordSet& set : group.sets) {
    if (!set.alias) continue;
    has_alias = true;
    check_target(key, *set.alias);
  }
  const bool is_target = after_.references->aliases.find(key) != nullptr;
  if (has_alias || is_target) check_shape(key, group);
}

void AliasRules::check_removed(const GroupKey& key) {
  const model::GroupKeys* const by = after_.references->aliases.find(key);
  if (by == nullptr) return;
  problems_.add("Tried to delete resource record set [name='", key.owner.text(), "', type='",
                dns::to_text(key.type), "'] but it is the alias target of ", words_of(*by));
}

void AliasRules::check_target(const GroupKey& key, const AliasTarget& target) {
  const RRType type = key.type;
  if (type == RRType::kNs || type == RRType::kSoa) {
    problems_.add("RRSet with DNS name ", key.owner.text(), ", type ", dns::to_text(type),
                  " contains an alias target, but aliases of that type are forbidden");
    return;
  }
  if (type == RRType::kDs || type == RRType::kDname) {
    problems_.add("RRSet with DNS name ", key.owner.text(), ", type ", dns::to_text(type),
                  " contains an alias target, but aliases of that type are not supported");
    return;
  }
  if (target.tree != nullptr) return;
  if (target.external) {
    if (target.name == key.owner) {
      problems_.add("RRSet with DNS name ", words_of(key),
                    " contains an alias target that is external and has its own name");
    }
    return;
  }
  const model::ZonePtr* zone = after_.zones.find(target.zone_apex);
  if (zone != nullptr && (*zone)->manager == model::ZoneManager::kPrimaries) {
    problems_.add("RRSet with DNS name ", words_of(key), " contains an alias target in zone ",
                  target.zone_apex.text(),
                  ", which is copied from its primaries, so that the target may go at any time; "
                  "use a CNAME, or an external alias");
    return;
  }
  const bool lies_within = target.name.is_at_or_below(target.zone_apex);
  if (lies_within && target_group(after_, target, type) != nullptr) return;
  problems_.add("Tried to create an alias that targets ", target.name.text(), ", type ",
                dns::to_text(type), " in zone ", target.zone_apex.text(),
                lies_within ? ", but that target was not found"
                            : ", but the alias target name does not lie within the target zone");
}

void AliasRules::check_shape(const GroupKey& key, const RecordGroup& group) {
  if (!checked_.insert(key).second) return;
  const Shape* const shape = walk_after_.shape(key, group);
  if (shape == nullptr) {
    problems_.add("RRSet with DNS name ", words_of(key), " contains an alias target that ",
                  walk_after_.problem);
    return;
  }
  if (shape->depth > kTreeDepthMax) {
    problems_.add("RRSet with DNS name ", words_of(key), " leads through ", shape->depth,
                  " aliases; at most ", kTreeDepthMax, " are allowed");
  } else if (shape->ways > kAliasWaysMax) {
    problems_.add("RRSet with DNS name ", words_of(key), " leads through its aliases to more than ",
                  kAliasWaysMax, " record sets");
  } else if (after_.references->aliases.find(key) != nullptr && has_grown(key, *shape)) {
    check_referrers(key);
  }
}

bool AliasRules::has_grown(const GroupKey& key, const Shape& now) {
  const RecordGroup* const old = find_group(before_, key);
  const Shape* const then = old == nullptr ? nullptr : walk_before_.shape(key, *old);
  return then == nullptr || now.depth > then->depth || now.ways > then->ways;
}

void AliasRules::check_referrers(const GroupKey& key) {
  after_.references->aliases.find(key)->for_each([&](const GroupKey& referrer, model::Present) {
    if (const RecordGroup* group = find_group(after_, referrer)) check_shape(referrer, *group);
  });
}

const AliasRules::Shape* AliasRules::Walk::shape(const GroupKey& key, const RecordGroup& group) {
  start_ = &key;
  way_.clear();
  return shape(Step{&group, nullptr});
}

const AliasRules::Shape* AliasRules::Walk::shape(const Step& step) {
  const RecordGroup& group = *step.group;
  if (const auto at = shapes_.find(&group); at != shapes_.end()) return &at->second;
  const auto seen = std::find_if(way_.begin(), way_.end(),
                                 [&](const Step& each) { return each.group == &group; });
  if (seen != way_.end() || way_.size() > kTreeDepthMax) {
    const bool is_cycle = seen != way_.end();
    problem = is_cycle ? "leads back to itself: " : "leads through too many aliases: ";
    describe(is_cycle ? seen - way_.begin() : 0, step);
    return nullptr;
  }
  way_.push_back(step);
  Shape shape;
  for (const RecordSet& set : group.sets) {
    if (!set.alias) {
      ++shape.ways;
    } else if (!add_target(group, *set.alias, shape)) {
      return nullptr;
    }
  }
  shape.ways = std::min(shape.ways, kAliasWaysMax + 1);
  way_.pop_back();
  return &shapes_.emplace(&group, shape).first->second;
}

// Appends the way from its step `first` to `last` to the problem.
void AliasRules::Walk::describe(std::size_t first, const Step& last) {
  const auto words = [&](const Step& step) {
    if (step.by != nullptr) return target_words(*step.by, step.group->type);
    return absl::StrCat(start_->owner.text(), " ", dns::to_text(start_->type));
  };
  for (std::size_t i = first; i < way_.size(); ++i)
    absl::StrAppend(&problem, words(way_[i]), " -> ");
  absl::StrAppend(&problem, words(last));
}

bool AliasRules::Walk::add_target(const RecordGroup& group, const AliasTarget& target,
                                  Shape& shape) {
  const RecordGroup* const below = target_group(config_, target, group.type);
  if (below == nullptr) {
    ++shape.ways;
    return true;
  }
  const Shape* const found = this->shape(Step{below, &target});
  if (found == nullptr) return false;
  shape.depth = std::max(shape.depth, found->depth + 1);
  shape.ways += found->ways;
  return true;
}

}  // namespace signpost::policy
