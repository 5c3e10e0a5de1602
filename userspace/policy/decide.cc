#include "policy/decide.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

namespace signpost::policy {

using model::FailoverRole;
using model::Health;
using model::Observations;
using model::RecordGroup;
using model::RecordSet;

namespace {

bool is_healthy(const RecordSet& set, const Observations& seen) {
  return set.health_check_id.empty() || seen.of(set.health_check_id) != Health::kUnhealthy;
}

std::string health_words(const RecordSet& set, const Observations& seen) {
  if (set.health_check_id.empty()) return "healthy: it has no health check";
  switch (seen.of(set.health_check_id)) {
    case Health::kHealthy:
      return absl::StrCat("healthy by check ", set.health_check_id);
    case Health::kUnhealthy:
      return absl::StrCat("unhealthy by check ", set.health_check_id);
    case Health::kUnknown:
      return absl::StrCat("counts as healthy: check ", set.health_check_id, " has no verdict yet");
  }
  return "";
}

unsigned weight_of(const RecordSet& set) { return std::get<model::Weighted>(set.policy).weight; }

// The sets that `wanted` accepts, each with its weight, or with equal shares where `equal`.
template <typename Wanted>
std::vector<Share> weighted_shares(const RecordGroup& group, Wanted wanted, bool equal) {
  std::vector<Share> shares;
  for (std::size_t i = 0; i < group.sets.size(); ++i) {
    if (wanted(group.sets[i])) shares.push_back({i, equal ? 1u : weight_of(group.sets[i])});
  }
  return shares;
}

// The zero-weight rules of route53-semantics 1.2: healthy sets above 0; else healthy sets of 0,
// equally; else all as if healthy.
void decide_weighted(const RecordGroup& group, const Observations& seen, Decision& decision) {
  for (const RecordSet& set : group.sets) {
    decision.trace.push_back(absl::StrCat(set.set_identifier, ": weight ", weight_of(set), ", ",
                                          health_words(set, seen)));
  }
  const auto above_zero = [](const RecordSet& set) { return weight_of(set) > 0; };
  const auto healthy = [&](const RecordSet& set) { return is_healthy(set, seen); };
  decision.shares = weighted_shares(
      group, [&](const RecordSet& set) { return above_zero(set) && healthy(set); }, false);
  if (!decision.shares.empty()) return;

  decision.shares = weighted_shares(group, healthy, true);
  if (!decision.shares.empty()) {
    decision.trace.push_back(
        "no set of a weight above 0 is healthy: the healthy sets of weight 0 share equally");
    return;
  }
  decision.last_resort = true;
  decision.trace.push_back("no set is healthy, so all count as healthy");
  decision.shares = weighted_shares(group, above_zero, false);
  if (decision.shares.empty()) {
    decision.shares = weighted_shares(
        group, [](const RecordSet&) { return true; }, true);
  }
}

std::optional<std::size_t> find_role(const RecordGroup& group, FailoverRole role) {
  for (std::size_t i = 0; i < group.sets.size(); ++i) {
    if (std::get<model::Failover>(group.sets[i].policy).role == role) return i;
  }
  return std::nullopt;
}

// The table of route53-semantics 1.6; a lone set of either role answers always.
void decide_failover(const RecordGroup& group, const Observations& seen, Decision& decision) {
  const auto primary = find_role(group, FailoverRole::kPrimary);
  const auto secondary = find_role(group, FailoverRole::kSecondary);
  for (const auto& [set, role] :
       {std::pair{primary, "PRIMARY"}, std::pair{secondary, "SECONDARY"}}) {
    if (!set) continue;
    const RecordSet& candidate = group.sets[*set];
    decision.trace.push_back(
        absl::StrCat(candidate.set_identifier, ": ", role, ", ", health_words(candidate, seen)));
    if (is_healthy(candidate, seen)) {
      decision.shares = {{*set, 1}};
      return;
    }
  }
  decision.last_resort = true;
  decision.trace.push_back("no set is healthy, so all count as healthy: the primary answers");
  decision.shares = {{primary ? *primary : *secondary, 1}};
}

bool awaits_verdict(const RecordGroup& group, const Observations& seen) {
  return seen.awaiting_first_verdicts &&
         std::any_of(group.sets.begin(), group.sets.end(), [&](const RecordSet& set) {
           return !set.health_check_id.empty() && seen.of(set.health_check_id) == Health::kUnknown;
         });
}

}  // namespace

Decision decide(const RecordGroup& group, const Observations& seen) {
  Decision decision;
  if (awaits_verdict(group, seen)) {
    decision.awaiting_health = true;
    decision.trace.push_back(
        "the daemon has just started and awaits the first verdicts of the health checks");
    return decision;
  }
  struct Visitor {
    const RecordGroup& group;
    const Observations& seen;
    Decision& decision;
    void operator()(const model::Simple&) const { decision.shares = {{0, 1}}; }
    void operator()(const model::Weighted&) const { decide_weighted(group, seen, decision); }
    void operator()(const model::Failover&) const { decide_failover(group, seen, decision); }
  };
  std::visit(Visitor{group, seen, decision}, group.sets.front().policy);
  return decision;
}

}  // namespace signpost::policy
