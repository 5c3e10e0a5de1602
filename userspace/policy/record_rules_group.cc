#include "policy/record_rules_group.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "policy/record_rules_places.h"

namespace signpost::policy {

using dns::RRType;
using model::Failover;
using model::FailoverRole;
using model::Geolocation;
using model::Geoproximity;
using model::IpBased;
using model::Latency;
using model::RecordGroup;
using model::RecordSet;

namespace {

constexpr const char* kLocationTwiceEnd = "}";

// A set and what it is for, in Route 53's words, whose bracket around a location that is there
// twice closes as a brace.
std::string name_with_policy(const RecordSet& set, const GroupVoice& voice,
                             const char* location_end = "]") {
  std::string words = voice.name(set);
  if (const auto* latency = std::get_if<Latency>(&set.policy)) {
    absl::StrAppend(&words, ", and Region Name=", (*latency)->region);
  } else if (const auto* place = std::get_if<Geolocation>(&set.policy)) {
    absl::StrAppend(&words, ", and routing to [", location_words(**place), location_end);
  } else if (const auto* site = std::get_if<Geoproximity>(&set.policy)) {
    absl::StrAppend(&words, ", and routing to GeoProximityLocation with ", site_words(**site));
  } else if (const auto* blocks = std::get_if<IpBased>(&set.policy)) {
    absl::StrAppend(&words, ", and routing to CidrCollectionId=", (*blocks)->collection,
                    " CidrLocationId=", (*blocks)->location);
  }
  return words;
}

// The end of the sentence about a set that stands beside sets of another policy.
std::string conflict_words(const model::Policy& policy) {
  struct Visitor {
    const char* operator()(const model::Simple&) const { return nullptr; }
    const char* operator()(const model::Weighted&) const {
      return "as a non-weighted set exists with the same name and type.";
    }
    const char* operator()(const Failover&) const {
      return "as a non-failover set exists with the same name and type.";
    }
    const char* operator()(const Latency&) const {
      return "because a non-latency RRSet with the same name and type already exists.";
    }
    const char* operator()(const Geolocation&) const {
      return "because a non-GEO RRSet with the same name and type already exists";
    }
    const char* operator()(const Geoproximity&) const {
      return "because a non-geo-proximity RRSet with the same name and type already exists.";
    }
    const char* operator()(const IpBased&) const {
      return "because a non-CIDR RRSet with the same name and type already exists.";
    }
    const char* operator()(const model::Multivalue&) const {
      return "as a non-multivalue answer set exists with the same name and type.";
    }
  };
  const char* const words = std::visit(Visitor{}, policy);
  return words == nullptr ? "as other RRSets exist with the same name and type." : words;
}

// The set whose policy the group has: of those that were there before, if any is left.
const RecordSet& first_of(const RecordGroup& group, const RecordGroup* before) {
  if (before == nullptr || before->sets.empty()) return group.sets.front();
  const std::size_t policy = before->sets.front().policy.index();
  const auto kept = std::find_if(group.sets.begin(), group.sets.end(), [&](const RecordSet& set) {
    return set.policy.index() == policy;
  });
  return kept == group.sets.end() ? group.sets.front() : *kept;
}

void check_one_policy(const RecordGroup& group, const GroupVoice& voice) {
  const RecordSet& first = first_of(group, voice.before);
  const bool is_simple = std::holds_alternative<model::Simple>(first.policy);
  for (const RecordSet& set : group.sets) {
    if (&set == &first) continue;
    if (!is_simple && set.policy.index() == first.policy.index()) continue;
    voice.report(set, absl::StrCat(name_with_policy(set, voice), " cannot be created ",
                                   conflict_words(set.policy)));
    if (is_simple) return;
  }
}

// Types that no client may get another answer of than the next one.
bool allows_policy(RRType type, const model::Policy& policy) {
  if (std::holds_alternative<model::Simple>(policy)) return true;
  if (type == RRType::kSoa || type == RRType::kNs || type == RRType::kDname) return false;
  const bool is_single = type == RRType::kCname || type == RRType::kDs;
  return !(is_single && std::holds_alternative<model::Multivalue>(policy));
}

void check_limit(const RecordGroup& group, std::size_t max, const char* what,
                 const GroupVoice& voice) {
  if (group.sets.size() <= max) return;
  voice.report(group.sets[max], absl::StrCat("Exceeded limit on number of ", what, " RRSets for ",
                                             voice.group, " in this zone."));
}

// Aliases have no TTL, and are exempt.
void check_weighted(const RecordGroup& group, const GroupVoice& voice) {
  check_limit(group, kWeightedSetsMax, "weighted", voice);
  const RecordSet* first = nullptr;
  for (const RecordSet& set : group.sets) {
    if (set.alias) continue;
    if (first == nullptr) first = &set;
    if (set.ttl == first->ttl) continue;
    voice.report(set, absl::StrCat(voice.name(set),
                                   " cannot be created as weighted sets must contain the same "
                                   "TTL."));
    return;
  }
}

void check_primary(const RecordSet& set, const GroupVoice& voice) {
  if (!set.health_check_id.empty()) return;
  if (!set.alias) {
    voice.report(set,
                 "A non-alias primary ResourceRecordSet must have an associated health check. No "
                 "changes made.");
  } else if (!set.alias->evaluate_target_health) {
    voice.report(set,
                 absl::StrCat(voice.name(set),
                              " cannot be a primary without EvaluateTargetHealth set to true or an "
                              "associated health check as a secondary would never be returned."));
  }
}

void check_failover(const RecordGroup& group, const GroupVoice& voice) {
  std::size_t primaries = 0;
  std::size_t secondaries = 0;
  for (const RecordSet& set : group.sets) {
    const auto* failover = std::get_if<Failover>(&set.policy);
    if (failover == nullptr || set.last_resort) continue;
    const bool is_primary = failover->role == FailoverRole::kPrimary;
    if (is_primary) check_primary(set, voice);
    if (++(is_primary ? primaries : secondaries) < 2) continue;
    voice.report(set, absl::StrCat(voice.name(set), " cannot be created because a ",
                                   is_primary ? "PRIMARY" : "SECONDARY",
                                   " failover RRSet with the same name and type already exists."));
  }
}

// What only one set of a group may be for, and the end of the sentence about a second one.
struct Purpose {
  std::string key;
  std::string conflict;
};

Purpose purpose_of(const model::Policy& policy) {
  if (const auto* latency = std::get_if<Latency>(&policy)) {
    return {(*latency)->region,
            "because a latency RRSet with the same name, type and region already exists."};
  }
  if (const auto* place = std::get_if<Geolocation>(&policy)) {
    const std::string words = location_words(**place);
    return {words, absl::StrCat("because a GEO RRSet with the same name, type and routing to [",
                                words, kLocationTwiceEnd, " already exists.")};
  }
  if (const auto* site = std::get_if<Geoproximity>(&policy)) {
    return {site_words(**site),
            "because a geo-proximity RRSet with the same name, type and location already exists."};
  }
  if (const auto* blocks = std::get_if<IpBased>(&policy)) {
    return {(*blocks)->location,
            "because a CIDR RRSet with the same name, type and location already exists."};
  }
  return {};
}

void check_purposes(const RecordGroup& group, const GroupVoice& voice) {
  std::set<std::string> keys;
  for (const RecordSet& set : group.sets) {
    const Purpose purpose = purpose_of(set.policy);
    if (set.last_resort || purpose.key.empty() || keys.insert(purpose.key).second) continue;
    voice.report(set, absl::StrCat(name_with_policy(set, voice, kLocationTwiceEnd),
                                   " cannot be created ", purpose.conflict));
  }
}

void check_collections(const RecordGroup& group, const model::Config* config,
                       const GroupVoice& voice) {
  const std::string& first = std::get<IpBased>(group.sets.front().policy)->collection;
  for (const RecordSet& set : group.sets) {
    const auto* blocks = std::get_if<IpBased>(&set.policy);
    if (blocks == nullptr) continue;
    const auto& [collection, location] = **blocks;
    if (collection != first) {
      voice.report(set, absl::StrCat(name_with_policy(set, voice),
                                     " cannot be created because a CIDR RRSets with a different "
                                     "collection id (",
                                     first, ") already exist"));
    }
    if (config == nullptr) continue;
    const model::CidrCollectionPtr* held = config->cidr_collections.find(collection);
    if (held == nullptr) {
      voice.report(set, absl::StrCat(voice.name(set), ": CIDR collection ", collection,
                                     " does not exist; define it under cidr_collections"));
      continue;
    }
    const auto& locations = (*held)->locations;
    const bool is_known =
        location == "*" || std::any_of(locations.begin(), locations.end(),
                                       [&](const auto& each) { return each.name == location; });
    if (is_known) continue;
    voice.report(set, absl::StrCat(voice.name(set), ": CIDR collection ", collection,
                                   " has no location ", location));
  }
}

void check_place(const RecordSet& set, const model::Config* config, const GroupVoice& voice) {
  std::optional<std::string> problem;
  if (const auto* latency = std::get_if<Latency>(&set.policy); latency && config != nullptr) {
    problem = region_problem(*config, (*latency)->region);
  } else if (const auto* place = std::get_if<Geolocation>(&set.policy)) {
    problem = geolocation_problem(**place);
  } else if (const auto* site = std::get_if<Geoproximity>(&set.policy)) {
    problem = geoproximity_problem(config, **site);
  }
  if (!problem) return;
  const bool is_route53s = problem->starts_with("Cannot find");
  voice.report(set, is_route53s ? *problem : absl::StrCat(voice.name(set), ": ", *problem));
}

void check_multivalue(const RecordGroup& group, const GroupVoice& voice) {
  for (const RecordSet& set : group.sets) {
    if (set.alias)
      voice.report(set, "Multivalue answer rrset should not be an alias rrset. No changes made.");
  }
}

void check_last_resort(const RecordGroup& group, const GroupVoice& voice) {
  std::size_t count = 0;
  for (const RecordSet& set : group.sets) {
    if (set.last_resort && ++count == 2)
      voice.report(set, absl::StrCat(voice.name(set),
                                     " cannot be created because another last resort of the same "
                                     "name and type already exists."));
  }
  if (count > 0 && count == group.sets.size())
    voice.report(group.sets.front(),
                 absl::StrCat(voice.name(group.sets.front()),
                              " cannot be the last resort of a name and type without other sets."));
}

}  // namespace

void check_policies(const RecordGroup& group, const model::Config* config,
                    const GroupVoice& voice) {
  const RecordSet& first = group.sets.front();
  check_one_policy(group, voice);
  if (!allows_policy(group.type, first.policy)) {
    voice.report(first, absl::StrCat(voice.name(first),
                                     " cannot be created because this type of RRSet is not "
                                     "supported."));
  }
  for (const RecordSet& set : group.sets) check_place(set, config, voice);
  check_purposes(group, voice);
  check_last_resort(group, voice);
  if (std::holds_alternative<model::Weighted>(first.policy)) check_weighted(group, voice);
  if (std::holds_alternative<Failover>(first.policy)) check_failover(group, voice);
  if (std::holds_alternative<IpBased>(first.policy)) check_collections(group, config, voice);
  if (std::holds_alternative<model::Multivalue>(first.policy)) check_multivalue(group, voice);
  if (std::holds_alternative<Geoproximity>(first.policy))
    check_limit(group, kGeoproximitySetsMax, "geo-proximity", voice);
}

}  // namespace signpost::policy
