#include "policy/resolve.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "dns/rdata.h"
#include "dns/svcb.h"
#include "policy/decide.h"
#include "policy/resolve_step.h"
#include "policy/set_override.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;
using model::RecordGroup;
using model::RecordSet;

namespace {

// In seconds.
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

// Puts an RRset before all others, and nowhere else: a chain may meet a DNAME twice.
void prepend(const PathRRset& rrset, std::vector<Path>& paths) {
  for (Path& path : paths) {
    std::erase_if(path.answer, [&](const PathRRset& later) {
      return later.owner && later.owner == rrset.owner && later.type == rrset.type;
    });
    path.answer.insert(path.answer.begin(), rrset);
  }
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

// A zone that comes or goes around the target, in the name space that is seen first or in that of
// any view, is noticed by followers of the name there, or of the public one.
std::optional<Name> Resolver::follow(const Name& target) {
  names_followed_.insert(target.in(start_.name_space()));
  std::vector<dns::NameSpace> views;
  config_.views.for_each(
      [&](const std::string&, const model::ViewPtr& view) { views.push_back(view->space); });
  model::ZonePtr zone;
  return policy::follow(start_, target, views, [&](const Name& name) {
    zone = config_.zone_of(name);
    return zone == nullptr ? nullptr : &zone->apex;
  });
}

std::vector<Path> Resolver::resolve(const Name& name, RRType type, bool any_qname) {
  start_ = name;
  return walk(Step{name, type, any_qname, 0, {}, std::nullopt});
}

// The zone that answers at a name: the deepest, but for DS, which belongs to the parent's side of a
// cut (RFC 4035 section 3.1.4.1).
model::ZonePtr Resolver::zone_answering(const Name& name, const Location& at, RRType type) const {
  const bool in_parent = type == RRType::kDs && at.node != nullptr && at.node->is_apex;
  model::ZonePtr parent = in_parent ? config_.zone_of(name.parent()) : nullptr;
  return parent != nullptr ? parent : config_.zone_of(name);
}

// The group that answers at a name that exists or that a wildcard stands for, or null: a CNAME
// answers for all types but its own.
const RecordGroup* Resolver::group_at(const Name& name, const Location& at, RRType type) const {
  const Name owner = at.node != nullptr ? name : at.encloser_name.with_prefix("*").value();
  const model::ZonePtr zone = zone_answering(owner, at, type);
  const model::OwnerRecordsPtr* records = zone->owners.find(owner);
  if (records == nullptr) return nullptr;
  const RecordGroup* cname = type == RRType::kCname ? nullptr : (*records)->group(RRType::kCname);
  return cname != nullptr ? cname : (*records)->group(type);
}

std::vector<Path> Resolver::walk(const Step& step) {
  if (step.depth > 0) names_followed_.insert(step.name);
  const Location at = locate(nodes_, step.name);
  if (at.encloser == nullptr) {
    note(step, step.name, " is in no zone held here: the reply ends with the alias");
    return {ending(PathEnd::kOutOfZone, nullptr)};
  }
  const model::ZonePtr zone = zone_answering(step.name, at, step.type);
  if (!zone->has_records()) {
    note(step, "zone ", zone->apex, " has no records: it waits for a transfer from its primaries");
    return {ending(PathEnd::kOutOfZone, nullptr)};
  }
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

  const RecordGroup* group = group_at(step.name, at, step.type);
  if (group == nullptr) {
    note(step, step.name, " exists, without records of the type asked for");
    return {ending(PathEnd::kNodata, zone)};
  }
  return walk_group(step, *group);
}

// What the decision about a group looks at: its checks, and those below aliases whose health
// counts.
void Resolver::note_dependencies(const RecordGroup& group, unsigned depth) {
  for (const RecordSet& set : group.sets) {
    if (!set.health_check_id.empty()) checks_asked_.insert(set.health_check_id);
    for (const std::uint64_t number : placed_overrides(set, group.type, inputs_.seen))
      overrides_met_.insert(number);
    if (!set.alias || !set.alias->evaluate_target_health || depth > kTreeDepthMax) continue;
    if (set.alias->external) {
      externals_asked_.insert(model::external_key(set.alias->name, group.type));
      continue;
    }
    if (set.alias->tree == nullptr) names_followed_.insert(set.alias->name);
    if (const RecordGroup* below = target_group(config_, *set.alias, group.type))
      note_dependencies(*below, depth + 1);
  }
}

namespace {

// The records of the sets that answer together, as of one set: duplicates once, the least TTL
// (route53-semantics 1.7). Named after the first, so that there are no more names than sets.
RecordSet joined(const RecordGroup& group, const std::vector<std::size_t>& sets,
                 const model::Observations& seen) {
  RecordSet all = group.sets[sets.front()];
  all.rdata.clear();
  for (const std::size_t index : sets) {
    const RecordSet& set = group.sets[index];
    all.ttl = std::min(all.ttl, set.ttl);
    for (const std::string& rdata : values_in_service(set, group.type, seen)) {
      if (std::find(all.rdata.begin(), all.rdata.end(), rdata) == all.rdata.end())
        all.rdata.push_back(rdata);
    }
  }
  all.set_identifier = absl::StrCat(all.set_identifier.str(), " +", sets.size() - 1);
  return all;
}

std::vector<Path> rotations(const std::optional<Name>& owner, RRType type, std::uint32_t ttl,
                            const model::RdataList& values) {
  const std::size_t turns = std::min(values.size(), kRotationsMax);
  std::vector<Path> paths(turns);
  for (std::size_t turn = 0; turn < turns; ++turn) {
    PathRRset rrset{owner, type, ttl, values};
    const auto first = static_cast<std::ptrdiff_t>(turn * values.size() / turns);
    std::rotate(rrset.rdata.begin(), rrset.rdata.begin() + first, rrset.rdata.end());
    paths[turn].answer.push_back(std::move(rrset));
    paths[turn].rotation = turn;
  }
  return paths;
}

}  // namespace

std::vector<Path> Resolver::walk_group(const Step& step, const RecordGroup& group) {
  note_dependencies(group, step.depth);
  note(step, step.name, " ", group.type, ": ", group.sets.size(),
       group.sets.size() == 1 ? " record set" : " record sets");
  std::vector<std::string> sentences;
  const Decision decision = decide(group, inputs_, trace_ == nullptr ? nullptr : &sentences);
  for (const std::string& sentence : sentences) note(step, sentence);
  if (decision.awaiting_health) return {ending(PathEnd::kAwaiting, nullptr)};
  if (decision.shares.empty()) return {ending(PathEnd::kNodata, config_.zone_of(step.name))};

  std::vector<Branch> branches;
  std::size_t count = 0;
  for (const Share& share : decision.shares) {
    const bool alone = share.sets.size() == 1;
    const RecordSet together = alone ? RecordSet() : joined(group, share.sets, inputs_.seen);
    const RecordSet& set = alone ? group.sets[share.sets.front()] : together;
    std::vector<Path> paths = walk_set(step, group, set);
    for (Path& path : paths) {
      if (set.set_identifier.empty()) continue;
      const std::string& identifier = set.set_identifier;
      path.choice = path.choice.empty() ? identifier : absl::StrCat(identifier, " > ", path.choice);
    }
    count += paths.size();
    branches.push_back({share.weight, std::move(paths)});
  }
  if (count > kPathsMax) {
    for (Branch& branch : branches) keep_first_rotations(branch.paths);
  }
  return join(std::move(branches));
}

std::vector<Path> Resolver::walk_set(const Step& step, const RecordGroup& group,
                                     const RecordSet& set) {
  if (set.alias) return walk_target(step, group, *set.alias);
  if (group.type == RRType::kCname && step.type != RRType::kCname) return walk_cname(step, set);
  model::RdataList values = values_in_service(set, group.type, inputs_.seen);
  if (dns::is_service_binding(group.type))
    values = with_hints(step.name, std::move(values), step.depth);
  return rotations(step.owner, group.type, set.ttl, values);
}

std::vector<Path> Resolver::walk_target(const Step& step, const RecordGroup& group,
                                        const model::AliasTarget& target) {
  if (target.external) return walk_external(step, group.type, target);
  Step next = step;
  ++next.depth;
  if (target.tree == nullptr) {
    note(step, "alias to ", target.name, " ", group.type);
    names_followed_.insert(target.name);
    next.name = target.name;
    next.any_qname = false;
    if (!step.any_qname) next.visited.push_back(step.name);
  }
  const RecordGroup* below = target_group(config_, target, group.type);
  const bool too_deep = next.depth > kTreeDepthMax;
  if (below == nullptr || too_deep) {
    note(step, too_deep ? "the aliases are nested too deep" : "the alias target is not there");
    return {ending(PathEnd::kNodata, config_.zone_of(step.name))};
  }
  return walk_group(next, *below);
}

// The last answer of the resolvers, under the alias's own name; SERVFAIL until there is one.
std::vector<Path> Resolver::walk_external(const Step& step, RRType type,
                                          const model::AliasTarget& target) {
  const std::string key = model::external_key(target.name, type);
  externals_asked_.insert(key);
  const model::ExternalAnswerPtr* known = inputs_.seen.external.find(key);
  if (known == nullptr) {
    note(step, "alias to the external ", key, ", which has not been resolved yet");
    return {ending(PathEnd::kAwaiting, nullptr)};
  }
  note(step, "alias to the external ", key, ": ", (*known)->rdata.size(),
       (*known)->rdata.size() == 1 ? " record" : " records", " resolved ",
       std::max<std::int64_t>(0, now_ - (*known)->resolved), " s ago",
       (*known)->failing ? ", the last known: its resolvers fail" : "");
  if ((*known)->rdata.empty()) return {ending(PathEnd::kNodata, config_.zone_of(step.name))};
  return rotations(step.owner, type, (*known)->ttl, (*known)->rdata);
}

std::vector<Path> Resolver::walk_cname(const Step& step, const RecordSet& set) {
  const Name written = Name::from_wire(set.rdata.front()).value_or(Name()).folded();
  const std::optional<Name> followed = follow(written);
  const Name& target = followed ? *followed : written;
  Step next{target, step.type, false, step.depth + 1, step.visited, target};
  if (!step.any_qname) next.visited.push_back(step.name);
  const bool seen_before =
      std::find(next.visited.begin(), next.visited.end(), target) != next.visited.end();
  std::vector<Path> paths;
  if (!followed) {
    note(step, "alias (CNAME) to ", target,
         ", which a view has in a private zone: the reply ends there");
    paths.push_back(ending(PathEnd::kOutOfZone, nullptr));
  } else if (seen_before || next.depth > kChainMax) {
    note(step, "the chain of aliases ends at ", target, ": a loop, or too long");
    paths.push_back(ending(PathEnd::kOutOfZone, nullptr));
  } else {
    note(step, "alias (CNAME) to ", target);
    paths = walk(next);
  }
  prepend({step.owner, RRType::kCname, set.ttl, {set.rdata.front()}}, paths);
  return paths;
}

// RFC 6672 section 3.1: the DNAME, a CNAME made from it, and what that leads to. A DNAME that leads
// below itself makes ever longer names, of which the first is enough to show that.
std::vector<Path> Resolver::walk_dname(const Step& step, const Location& at) {
  const model::ZonePtr zone = config_.zone_of(at.encloser_name);
  const RecordSet& set = zone->group(at.encloser_name, RRType::kDname)->sets.front();
  const Name suffix = at.encloser->dname_target->in(at.encloser_name.name_space());
  const auto target = step.name.with_suffix_replaced(at.encloser_name, suffix);
  note(step, "DNAME at ", at.encloser_name);
  std::vector<Path> paths;
  if (!target.ok()) {
    note(step, "the name made from the DNAME would be too long");
    paths.push_back(ending(PathEnd::kYxdomain, nullptr));
  } else if (suffix.is_at_or_below(at.encloser_name)) {
    note(step, "the DNAME leads below itself");
    paths.push_back(ending(PathEnd::kOutOfZone, nullptr));
    prepend({step.owner, RRType::kCname, set.ttl, {std::string(target->wire())}}, paths);
  } else {
    RecordSet made;
    made.ttl = set.ttl;
    made.rdata = {std::string(target->wire())};
    paths = walk_cname(step, made);
  }
  prepend({at.encloser_name, RRType::kDname, set.ttl, set.rdata}, paths);
  return paths;
}

}  // namespace signpost::policy
