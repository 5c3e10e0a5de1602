#include "policy/warnings_groups.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "policy/inputs.h"

namespace signpost::policy {

using model::Config;
using model::RecordGroup;
using model::RecordSet;

namespace {

std::string set_words(const std::string& group, const RecordSet& set) {
  return set.set_identifier.empty() ? group
                                    : absl::StrCat(group, ", set ", set.set_identifier.str());
}

bool evaluates_target(const RecordSet& set) {
  return set.alias && set.alias->evaluate_target_health;
}

std::optional<std::string> lasting_leaf(const Config& config, const std::string& words,
                                        const RecordGroup& group, unsigned depth);

// Of a set that always counts as healthy the leaf that makes it so; nothing of one that can fail.
std::optional<std::string> lasting_leaf(const Config& config, const std::string& words,
                                        const RecordGroup& group, const RecordSet& set,
                                        unsigned depth) {
  if (!set.health_check_id.empty()) return std::nullopt;
  if (!evaluates_target(set)) return set_words(words, set);
  const RecordGroup* const below = target_group(config, *set.alias, group.type);
  if (below == nullptr || depth > kTreeDepthMax) return std::nullopt;
  const std::string below_words =
      set.alias->tree != nullptr ? set_words(words, set) : target_words(*set.alias, group.type);
  return lasting_leaf(config, below_words, *below, depth + 1);
}

std::optional<std::string> lasting_leaf(const Config& config, const std::string& words,
                                        const RecordGroup& group, unsigned depth) {
  for (const RecordSet& set : group.sets) {
    if (set.last_resort) continue;
    if (auto leaf = lasting_leaf(config, words, group, set, depth)) return leaf;
  }
  return std::nullopt;
}

bool is_secondary(const RecordSet& set) {
  const auto* failover = std::get_if<model::Failover>(&set.policy);
  return failover != nullptr && failover->role == model::FailoverRole::kSecondary;
}

unsigned weight_of(const RecordSet& set) {
  const auto* weighted = std::get_if<model::Weighted>(&set.policy);
  return weighted == nullptr ? 0 : weighted->weight;
}

// What a group's warnings look at.
struct Subject {
  const Config& config;
  const std::string& words;
  const RecordGroup& group;
  std::vector<std::string>& found;

  bool can_fail(const RecordSet& set) const { return !lasting_leaf(config, words, group, set, 0); }
  template <typename... Parts>
  void warn(const Parts&... parts) const {
    found.push_back(absl::StrCat(words, ": ", parts...));
  }
};

void warn_about_weights(const Subject& subject) {
  const auto& sets = subject.group.sets;
  const auto lasting = std::find_if(sets.begin(), sets.end(), [&](const RecordSet& set) {
    return weight_of(set) > 0 && !set.last_resort && !subject.can_fail(set);
  });
  if (lasting == sets.end()) return;
  for (const RecordSet& set : sets) {
    if (weight_of(set) > 0 || set.last_resort) continue;
    subject.warn("set ", set.set_identifier.str(), " of weight 0 is never answered: ",
                 evaluates_target(*lasting) ? "a set above 0 can't fail"
                                            : "a set above 0 has no health check");
  }
}

// Sets that are answered even while they are down, where another one would do.
void warn_about_lasting_sets(const Subject& subject) {
  const auto& sets = subject.group.sets;
  const bool some_can_fail = std::any_of(
      sets.begin(), sets.end(), [&](const RecordSet& set) { return subject.can_fail(set); });
  for (const RecordSet& set : sets) {
    if (!some_can_fail || is_secondary(set) || set.last_resort || evaluates_target(set) ||
        subject.can_fail(set))
      continue;
    subject.warn("set ", set.set_identifier.str(),
                 set.alias ? " is an alias without EvaluateTargetHealth and is answered even while "
                             "its target is down"
                           : " has no health check and is answered even while its endpoint is "
                             "down");
  }
}

void warn_about_lone_role(const Subject& subject) {
  if (subject.group.sets.size() == 1) subject.warn("the only failover set can't fail over");
}

void warn_about_missing_default(const Subject& subject) {
  const auto is_default = [](const RecordSet& set) {
    if (const auto* place = std::get_if<model::Geolocation>(&set.policy))
      return (*place)->is_default();
    const auto* blocks = std::get_if<model::IpBased>(&set.policy);
    return blocks != nullptr && (*blocks)->location == "*";
  };
  const auto& sets = subject.group.sets;
  if (std::any_of(sets.begin(), sets.end(), is_default)) return;
  subject.warn("there is no default location (\"*\"): clients elsewhere get no answer");
}

void warn_about_ttls(const Subject& subject) {
  std::set<std::uint32_t> ttls;
  for (const RecordSet& set : subject.group.sets)
    if (!set.alias) ttls.insert(set.ttl);
  if (ttls.size() < 2) return;
  const bool is_multivalue =
      std::holds_alternative<model::Multivalue>(subject.group.sets.front().policy);
  subject.warn("its sets have different TTLs, ", absl::StrJoin(ttls, ", "), " s",
               is_multivalue ? ": an answer has the lowest of its records" : "");
}

// A set that can't fail leaves nothing to the last resort, nor to a closed name.
void warn_about_fallback(const Subject& subject) {
  const auto& sets = subject.group.sets;
  const auto last_resort =
      std::find_if(sets.begin(), sets.end(), [](const RecordSet& set) { return set.last_resort; });
  const bool closed = subject.group.fail_mode == model::FailMode::kClosed;
  const auto lasting = std::find_if(sets.begin(), sets.end(), [&](const RecordSet& set) {
    return !set.last_resort && !subject.can_fail(set);
  });
  if (closed && last_resort != sets.end() && !subject.can_fail(*last_resort))
    subject.warn("it never fails closed: its last resort ", last_resort->set_identifier.str(),
                 " has no health check");
  if (lasting == sets.end()) return;
  if (last_resort != sets.end())
    subject.warn("set ", last_resort->set_identifier.str(),
                 " of last resort may never be answered: set ", lasting->set_identifier.str(),
                 " can't fail");
  if (closed)
    subject.warn("it may never fail closed: set ", lasting->set_identifier.str(), " can't fail");
}

void warn_about_externals(const Subject& subject) {
  std::set<std::string> names;
  for (const RecordSet& set : subject.group.sets)
    if (set.alias && set.alias->external) names.insert(set.alias->name.text());
  for (const std::string& name : names)
    subject.warn("alias to ", name, ", which is in no zone held and is resolved from outside");
}

void warn_about_policy(const Subject& subject) {
  const model::Policy& policy = subject.group.sets.front().policy;
  if (std::holds_alternative<model::Simple>(policy)) return;
  if (std::holds_alternative<model::Weighted>(policy)) warn_about_weights(subject);
  warn_about_lasting_sets(subject);
  if (std::holds_alternative<model::Failover>(policy)) warn_about_lone_role(subject);
  if (std::holds_alternative<model::Geolocation>(policy) ||
      std::holds_alternative<model::IpBased>(policy)) {
    warn_about_missing_default(subject);
  }
  warn_about_fallback(subject);
  warn_about_ttls(subject);
}

}  // namespace

void warn_about_branches(const Config& config, const std::string& words, const RecordGroup& group,
                         std::vector<std::string>& found) {
  // Alone in its group it has nothing to fail over to.
  if (std::holds_alternative<model::Simple>(group.sets.front().policy)) return;
  for (const RecordSet& set : group.sets) {
    if (!evaluates_target(set) || is_secondary(set) || set.last_resort) continue;
    const auto leaf = lasting_leaf(config, words, group, set, 0);
    if (!leaf) continue;
    found.push_back(
        absl::StrCat(set_words(words, set), ": can't fail over: ", *leaf, ", has no health check"));
  }
}

void warn_about_group(const Config& config, const std::string& words, const RecordGroup& group,
                      std::vector<std::string>& found) {
  const Subject subject{config, words, group, found};
  warn_about_policy(subject);
  warn_about_branches(config, words, group, found);
  warn_about_externals(subject);
}

}  // namespace signpost::policy
