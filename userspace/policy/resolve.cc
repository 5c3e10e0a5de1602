#include "policy/resolve.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "dns/rdata.h"
#include "policy/decide.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;
using model::RecordGroup;
using model::RecordSet;

// One name of a chain.
struct Resolver::Step {
  Name name;
  RRType type{};
  bool any_qname = false;
  unsigned depth = 0;
  std::vector<Name> visited;  // names before this one, but for QNAME where a wildcard stands for it

  // The first name is QNAME, or a wildcard that stands for it.
  std::optional<Name> owner() const { return depth == 0 ? std::nullopt : std::optional(name); }
};

namespace {

Path ending(PathEnd end, model::ZonePtr zone) {
  Path path;
  path.end = end;
  path.zone = std::move(zone);
  return path;
}

std::uint64_t sum_of(const std::vector<Path>& paths) {
  return std::accumulate(paths.begin(), paths.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Path& path) { return sum + path.weight; });
}

// The least common multiple, or 0 beyond 2^40: products with it stay below 2^64 for all weights of
// Route 53.
std::uint64_t bounded_lcm(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 40;
  const std::uint64_t factor = a / std::gcd(a, b);
  return factor != 0 && b <= kLimit / factor ? factor * b : 0;
}

struct Branch {
  std::uint64_t weight = 0;
  std::vector<Path> paths;
};

// Joins branches so that each keeps its share whatever the sums inside are. Exact while the common
// multiple of the sums stays below 2^40; beyond, shares are rounded to multiples of 2^-40.
std::vector<Path> join(std::vector<Branch> branches) {
  std::uint64_t common = 1;
  std::uint64_t total = 0;
  for (const Branch& branch : branches) {
    if (common != 0) common = bounded_lcm(common, sum_of(branch.paths));
    total += branch.weight;
  }
  std::vector<Path> joined;
  for (Branch& branch : branches) {
    const std::uint64_t sum = sum_of(branch.paths);
    for (Path& path : branch.paths) {
      if (common != 0) {
        path.weight *= branch.weight * (common / sum);
      } else {
        const long double share =
            static_cast<long double>(branch.weight) / static_cast<long double>(total) *
            static_cast<long double>(path.weight) / static_cast<long double>(sum);
        path.weight = std::max<std::uint64_t>(
            1, static_cast<std::uint64_t>(std::roundl(std::ldexp(share, 40))));
      }
      joined.push_back(std::move(path));
    }
  }
  return joined;
}

// What of a sentence absl::StrCat does not take.
std::string text_of(const Name& name) { return name.text(); }
std::string text_of(RRType type) { return dns::to_text(type); }
template <typename Part>
const Part& text_of(const Part& part) {
  return part;
}

// Without rotation every RRset of every path begins with its first value.
void keep_first_rotations(std::vector<Path>& paths) {
  std::vector<Path> kept;
  for (Path& path : paths) {
    if (path.rotation == 0) {
      kept.push_back(std::move(path));
    }
  }
  paths = std::move(kept);
}

}  // namespace

// The sentence is written only if somebody wants it: most answers are resolved for a table.
template <typename... Parts>
void Resolver::note(const Step& step, const Parts&... parts) {
  if (trace_ != nullptr) trace_->push_back({step.depth, absl::StrCat(text_of(parts)...)});
}

std::vector<Path> Resolver::resolve(const Name& name, RRType type, bool any_qname) {
  return walk(Step{name, type, any_qname, 0, {}});
}

std::vector<Path> Resolver::walk(const Step& step) {
  if (step.depth > 0) names_followed_.insert(step.name);
  const Location at = locate(nodes_, step.name);
  if (at.encloser == nullptr) {
    note(step, step.name, " is in no zone held here: the reply ends with the alias");
    return {ending(PathEnd::kOutOfZone, nullptr)};
  }
  const model::ZonePtr zone = config_.zone_of(step.name);
  const bool at_cut = at.encloser->is_zone_cut && (at.node == nullptr || step.type != RRType::kDs);
  if (at_cut) {
    note(step, step.name, " is at or below the zone cut ", at.encloser_name);
    Path path = ending(PathEnd::kReferral, zone);
    path.cut = at.encloser_name;
    return {std::move(path)};
  }
  if (at.node == nullptr && at.encloser->dname_target) return walk_dname(step, at);
  if (at.node == nullptr && at.wildcard == nullptr) {
    note(step, step.name, " does not exist; the closest encloser is ", at.encloser_name);
    return {ending(PathEnd::kNxdomain, zone)};
  }
  if (at.node == nullptr) note(step, "the wildcard *.", at.encloser_name, " stands for it");

  const model::OwnerRecordsPtr* records =
      zone->owners.find(at.node != nullptr ? step.name : at.encloser_name.with_prefix("*").value());
  const RecordGroup* group = nullptr;
  if (records != nullptr && step.type != RRType::kCname) group = (*records)->group(RRType::kCname);
  if (records != nullptr && group == nullptr) group = (*records)->group(step.type);
  if (group == nullptr) {
    note(step, step.name, " exists, without records of the type asked for");
    return {ending(PathEnd::kNodata, zone)};
  }
  return walk_group(step, *group);
}

std::vector<Path> Resolver::walk_group(const Step& step, const RecordGroup& group) {
  for (const RecordSet& set : group.sets) {
    if (!set.health_check_id.empty()) checks_asked_.insert(set.health_check_id);
  }
  const Decision decision = decide(group, seen_);
  note(step, step.name, " ", group.type, ": ", group.sets.size(),
       group.sets.size() == 1 ? " record set" : " record sets");
  for (const std::string& sentence : decision.trace) note(step, sentence);
  if (decision.awaiting_health) return {ending(PathEnd::kAwaiting, nullptr)};

  std::vector<Branch> branches;
  std::size_t count = 0;
  for (const Share& share : decision.shares) {
    const RecordSet& set = group.sets[share.set];
    const bool follow = group.type == RRType::kCname && step.type != RRType::kCname;
    std::vector<Path> paths = follow ? walk_alias(step, set) : rotations(step, group, set);
    for (Path& path : paths) {
      if (set.set_identifier.empty()) continue;
      path.choice = path.choice.empty() ? set.set_identifier
                                        : absl::StrCat(set.set_identifier, " > ", path.choice);
    }
    count += paths.size();
    branches.push_back({share.weight, std::move(paths)});
  }
  if (count > kPathsMax) {
    for (Branch& branch : branches) keep_first_rotations(branch.paths);
  }
  return join(std::move(branches));
}

std::vector<Path> Resolver::rotations(const Step& step, const RecordGroup& group,
                                      const RecordSet& set) const {
  const std::size_t values = set.rdata.size();
  const std::size_t turns = std::min(values, kRotationsMax);
  std::vector<Path> paths(turns);
  for (std::size_t turn = 0; turn < turns; ++turn) {
    PathRRset rrset{step.owner(), group.type, set.ttl, set.rdata};
    const auto first = static_cast<std::ptrdiff_t>(turn * values / turns);
    std::rotate(rrset.rdata.begin(), rrset.rdata.begin() + first, rrset.rdata.end());
    paths[turn].answer.push_back(std::move(rrset));
    paths[turn].rotation = turn;
  }
  return paths;
}

std::vector<Path> Resolver::walk_alias(const Step& step, const RecordSet& set) {
  const Name target = Name::from_wire(set.rdata.front()).value_or(Name()).folded();
  Step next{target, step.type, false, step.depth + 1, step.visited};
  if (!step.any_qname) next.visited.push_back(step.name);
  const bool seen_before =
      std::find(next.visited.begin(), next.visited.end(), target) != next.visited.end();
  std::vector<Path> paths;
  if (seen_before || next.depth > kChainMax) {
    note(step, "the chain of aliases ends at ", target, ": a loop, or too long");
    paths.push_back(ending(PathEnd::kOutOfZone, nullptr));
  } else {
    note(step, "alias (CNAME) to ", target);
    paths = walk(next);
  }
  const PathRRset alias{step.owner(), RRType::kCname, set.ttl, {set.rdata.front()}};
  for (Path& path : paths) path.answer.insert(path.answer.begin(), alias);
  return paths;
}

// RFC 6672 section 3.1: the DNAME, a CNAME made from it, and what that leads to.
std::vector<Path> Resolver::walk_dname(const Step& step, const Location& at) {
  const model::ZonePtr zone = config_.zone_of(at.encloser_name);
  const RecordSet& set = zone->group(at.encloser_name, RRType::kDname)->sets.front();
  const auto target = step.name.with_suffix_replaced(at.encloser_name, *at.encloser->dname_target);
  if (!target.ok()) {
    note(step, "the name made from the DNAME would be too long");
    return {ending(PathEnd::kOutOfZone, nullptr)};
  }
  note(step, "DNAME at ", at.encloser_name);
  RecordSet made;
  made.ttl = set.ttl;
  made.rdata = {target->wire()};
  std::vector<Path> paths = walk_alias(step, made);
  const PathRRset dname{at.encloser_name, RRType::kDname, set.ttl, set.rdata};
  for (Path& path : paths) path.answer.insert(path.answer.begin(), dname);
  return paths;
}

std::set<RRType> Resolver::types_at_chain_ends(const Name& name) {
  std::set<Name> visited;
  std::set<RRType> types;
  collect_types(name, visited, types);
  return types;
}

void Resolver::collect_types(const Name& name, std::set<Name>& visited, std::set<RRType>& types) {
  if (visited.size() > kChainMax || !visited.insert(name).second) return;
  names_followed_.insert(name);
  const Location at = locate(nodes_, name);
  if (at.encloser == nullptr || at.encloser->is_zone_cut) return;
  if (at.node == nullptr && at.encloser->dname_target) {
    const auto target = name.with_suffix_replaced(at.encloser_name, *at.encloser->dname_target);
    if (target.ok()) collect_types(target->folded(), visited, types);
    return;
  }
  if (at.node == nullptr && at.wildcard == nullptr) return;
  const Name owner = at.node != nullptr ? name : at.encloser_name.with_prefix("*").value();
  const model::ZonePtr zone = config_.zone_of(owner);
  const model::OwnerRecordsPtr* records = zone->owners.find(owner);
  if (records == nullptr) return;
  const RecordGroup* alias = (*records)->group(RRType::kCname);
  if (alias == nullptr) {
    for (const model::RecordGroupPtr& group : (*records)->groups) types.insert(group->type);
    return;
  }
  for (const RecordSet& set : alias->sets) {
    collect_types(Name::from_wire(set.rdata.front()).value_or(Name()).folded(), visited, types);
  }
}

}  // namespace signpost::policy
