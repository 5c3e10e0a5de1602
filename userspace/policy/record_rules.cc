#include "policy/record_rules.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "dns/rdata.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;
using model::Config;
using model::RecordGroup;
using model::RecordSet;
using model::Zone;

namespace {

constexpr std::size_t kProblemsMax = 20;
constexpr std::size_t kValuesMax = 400;
constexpr std::size_t kWeightedSetsMax = 100;
constexpr std::uint32_t kTtlMax = 2147483647;  // RFC 2181 section 8

// Collects what is wrong; the first sentences are enough to act on.
class Problems {
 public:
  template <typename... Parts>
  void add(const Parts&... parts) {
    if (sentences_.size() < kProblemsMax) sentences_.push_back(absl::StrCat(parts...));
  }

  absl::Status status() const {
    if (sentences_.empty()) return absl::OkStatus();
    if (sentences_.size() == 1) return invalid_argument(sentences_.front());
    return invalid_argument("[", absl::StrJoin(sentences_, ", "), "]");
  }

 private:
  std::vector<std::string> sentences_;
};

const char* policy_word(const model::Policy& policy) {
  struct Visitor {
    const char* operator()(const model::Simple&) const { return "simple"; }
    const char* operator()(const model::Weighted&) const { return "weighted"; }
    const char* operator()(const model::Failover&) const { return "failover"; }
    const char* operator()(const model::Latency&) const { return "latency"; }
    const char* operator()(const model::Geolocation&) const { return "geolocation"; }
    const char* operator()(const model::Geoproximity&) const { return "geoproximity"; }
    const char* operator()(const model::IpBased&) const { return "IP-based"; }
    const char* operator()(const model::Multivalue&) const { return "multivalue"; }
  };
  return std::visit(Visitor{}, policy);
}

// "RRSet with DNS name X, type T, SetIdentifier S".
std::string set_words(const Name& owner, RRType type, const RecordSet& set) {
  return absl::StrCat(
      "RRSet with DNS name ", owner.text(), ", type ", dns::to_text(type),
      set.set_identifier.empty() ? "" : absl::StrCat(", SetIdentifier ", set.set_identifier));
}

void check_values(const Name& owner, RRType type, const RecordSet& set, Problems& problems) {
  if (set.ttl > kTtlMax)
    problems.add(set_words(owner, type, set), ": TTL ", set.ttl, " is above ", kTtlMax);
  if (set.rdata.empty()) problems.add(set_words(owner, type, set), " has no records");
  if (set.rdata.size() > kValuesMax)
    problems.add("Cannot have more than ", kValuesMax, " records in a RRSet.");
  std::set<std::string_view> distinct;
  for (const std::string& rdata : set.rdata) {
    if (set.rdata.size() > 1 && !distinct.insert(rdata).second) {
      problems.add("Duplicate Resource Record: '", dns::format_rdata(type, rdata), "'");
    }
    if (absl::Status status = dns::check_rdata(type, rdata); !status.ok()) {
      problems.add(set_words(owner, type, set), ": ", std::string(status.message()));
    }
  }
  const bool single = type == RRType::kCname || type == RRType::kDname || type == RRType::kSoa;
  if (single && set.rdata.size() > 1) {
    problems.add(set_words(owner, type, set), " has ", set.rdata.size(), " records; type ",
                 dns::to_text(type), " allows one");
  }
}

void check_health_check(const Config& config, const Name& owner, RRType type, const RecordSet& set,
                        Problems& problems) {
  if (set.health_check_id.empty()) return;
  if (std::holds_alternative<model::Simple>(set.policy)) {
    problems.add(
        "DNS name must have alternate ResourceRecordSet responses configured via a routing policy "
        "(e.g., Weight, "
        "Region, etc.) if a health check is attached. No changes made.");
  } else if (config.health_checks.find(set.health_check_id) == nullptr) {
    problems.add(set_words(owner, type, set), ": health check ", set.health_check_id,
                 " does not exist; define it under health_checks");
  }
}

void check_one_policy(const Name& owner, const RecordGroup& group, Problems& problems) {
  const RecordSet& first = group.sets.front();
  const bool is_simple = std::holds_alternative<model::Simple>(first.policy);
  if (is_simple && group.sets.size() > 1) {
    const RecordSet& second = group.sets[1];
    problems.add(set_words(owner, group.type, second), " cannot be created as ",
                 std::holds_alternative<model::Simple>(second.policy)
                     ? "other RRSets exist with the same name and type."
                     : absl::StrCat("a non-", policy_word(second.policy),
                                    " set exists with the same name and type."));
    return;
  }
  std::set<std::string> identifiers;
  for (const RecordSet& set : group.sets) {
    if (set.policy.index() != first.policy.index()) {
      problems.add(set_words(owner, group.type, set), " cannot be created as a non-",
                   policy_word(set.policy), " set exists with the same name and type.");
    }
    if (!identifiers.insert(set.set_identifier).second) {
      problems.add("Tried to create resource record set [name='", owner.text(), "', type='",
                   dns::to_text(group.type), "', set-identifier='", set.set_identifier,
                   "'] but it already exists");
    }
  }
  const bool no_policy =
      group.type == RRType::kSoa || group.type == RRType::kNs || group.type == RRType::kDname;
  if (!is_simple && no_policy) {
    problems.add(set_words(owner, group.type, first),
                 " cannot be created because this type of RRSet is not supported.");
  }
}

void check_weighted(const Name& owner, const RecordGroup& group, Problems& problems) {
  if (group.sets.size() > kWeightedSetsMax) {
    problems.add("Exceeded limit on number of weighted RRSets for ", owner.text(), ", type ",
                 dns::to_text(group.type), " in this zone.");
  }
  for (const RecordSet& set : group.sets) {
    if (set.ttl == group.sets.front().ttl) continue;
    problems.add(set_words(owner, group.type, set),
                 " cannot be created as weighted sets must contain the same TTL.");
    return;
  }
}

void check_failover(const Name& owner, const RecordGroup& group, Problems& problems) {
  for (const auto role : {model::FailoverRole::kPrimary, model::FailoverRole::kSecondary}) {
    const auto has_role = [&](const RecordSet& set) {
      const auto* failover = std::get_if<model::Failover>(&set.policy);
      return failover != nullptr && failover->role == role;
    };
    if (std::count_if(group.sets.begin(), group.sets.end(), has_role) < 2) continue;
    problems.add(set_words(owner, group.type, group.sets.back()), " cannot be created because a ",
                 role == model::FailoverRole::kPrimary ? "PRIMARY" : "SECONDARY",
                 " failover RRSet with the same name and type already exists.");
  }
  for (const RecordSet& set : group.sets) {
    const auto* failover = std::get_if<model::Failover>(&set.policy);
    if (failover != nullptr && failover->role == model::FailoverRole::kPrimary &&
        set.health_check_id.empty()) {
      problems.add(
          "A non-alias primary ResourceRecordSet must have an associated health check. No changes "
          "made.");
    }
  }
}

void check_group(const Config& config, const Name& owner, const RecordGroup& group,
                 Problems& problems) {
  if (group.sets.empty()) {
    problems.add("RRSet with DNS name ", owner.text(), ", type ", dns::to_text(group.type),
                 " has no record sets");
    return;
  }
  if (dns::is_meta_type(group.type)) {
    problems.add("type ", dns::to_text(group.type), " at ", owner.text(),
                 " is only for queries (RFC 6895)");
  }
  for (const RecordSet& set : group.sets) {
    check_values(owner, group.type, set, problems);
    check_health_check(config, owner, group.type, set, problems);
  }
  check_one_policy(owner, group, problems);
  if (std::holds_alternative<model::Weighted>(group.sets.front().policy))
    check_weighted(owner, group, problems);
  if (std::holds_alternative<model::Failover>(group.sets.front().policy))
    check_failover(owner, group, problems);
}

// `type`: the one that the batch touched; the sentence differs by which record came first.
void check_cname(const Zone& zone, const Name& owner, const model::OwnerRecords& records,
                 RRType type, Problems& problems) {
  if (records.group(RRType::kCname) == nullptr) return;
  if (owner == zone.apex) {
    problems.add("RRSet of type CNAME with DNS name ", owner.text(),
                 " is not permitted at apex in zone ", zone.apex.text());
  } else if (records.groups.size() > 1 && type == RRType::kCname) {
    problems.add(
        "RRSet of type CNAME with DNS name ", owner.text(),
        " is not permitted as it conflicts with other records with the same DNS name in zone ",
        zone.apex.text());
  } else if (records.groups.size() > 1) {
    problems.add("RRSet of type ", dns::to_text(type), " with DNS name ", owner.text(),
                 " is not permitted because a conflicting RRSet of type CNAME with the same DNS "
                 "name already exists in "
                 "zone ",
                 zone.apex.text());
  }
}

void check_apex(const Zone& zone, Problems& problems) {
  if (zone.group(zone.apex, RRType::kSoa) == nullptr) {
    problems.add("A HostedZone must contain exactly one SOA record. Zone ", zone.apex.text(),
                 " has none");
  }
  if (zone.group(zone.apex, RRType::kNs) == nullptr) {
    problems.add("A HostedZone must contain at least one NS record for the zone itself. Zone ",
                 zone.apex.text(), " has none");
  }
}

void check_put(const Config& config, const model::PutGroup& put, Problems& problems) {
  const model::ZonePtr* zone = config.zones.find(put.zone_apex);
  if (zone == nullptr) return;
  const RRType type = put.group->type;
  if (!put.owner.is_at_or_below(put.zone_apex)) {
    problems.add("RRSet with DNS name ", put.owner.text(), " is not permitted in zone ",
                 put.zone_apex.text());
  }
  if (type == RRType::kSoa && !(put.owner == put.zone_apex)) {
    problems.add("RRSet of type SOA with DNS name ", put.owner.text(),
                 " is permitted only at the apex of zone ", put.zone_apex.text());
  }
  const model::OwnerRecordsPtr* records = (*zone)->owners.find(put.owner);
  const RecordGroup* group = records == nullptr ? nullptr : (*records)->group(type);
  if (group == nullptr) return;  // a later change of the batch removed it
  check_group(config, put.owner, *group, problems);
  check_cname(**zone, put.owner, **records, type, problems);
}

}  // namespace

absl::Status check_touched(const Config& after, const model::ChangeBatch& batch) {
  Problems problems;
  std::set<Name> apexes;
  const Name* last = nullptr;  // changes of one zone come in a row
  const auto touch = [&](const Name& apex) {
    if (last == nullptr || !(*last == apex)) apexes.insert(apex);
    last = &apex;
  };
  for (const model::Change& change : batch.changes) {
    if (const auto* put = std::get_if<model::PutGroup>(&change)) {
      check_put(after, *put, problems);
      touch(put->zone_apex);
    } else if (const auto* removal = std::get_if<model::DeleteGroup>(&change)) {
      touch(removal->zone_apex);
    } else if (const auto* zone = std::get_if<model::PutZone>(&change)) {
      touch(zone->zone.apex);
    }
  }
  for (const Name& apex : apexes) {
    if (const model::ZonePtr* zone = after.zones.find(apex)) check_apex(**zone, problems);
  }
  return problems.status();
}

}  // namespace signpost::policy
