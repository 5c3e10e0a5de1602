#include "policy/record_rules.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "dns/rdata.h"
#include "policy/access_rules.h"
#include "policy/forward_rules.h"
#include "policy/health_check_rules.h"
#include "policy/record_rules_alias.h"
#include "policy/record_rules_group.h"
#include "policy/record_rules_named.h"
#include "policy/record_rules_problems.h"
#include "policy/record_rules_references.h"
#include "policy/secondary_rules.h"
#include "policy/validate.h"
#include "policy/view_rules.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;
using model::Config;
using model::GroupKey;
using model::RecordGroup;
using model::RecordSet;
using model::Zone;

namespace {

constexpr std::size_t kSetIdentifierMax = 128;
constexpr std::uint32_t kTtlMax = 2147483647;  // RFC 2181 section 8

// "RRSet with DNS name X, type T, SetIdentifier S".
std::string set_words(const Name& owner, RRType type, const RecordSet& set) {
  return absl::StrCat(
      "RRSet with DNS name ", owner.text(), ", type ", dns::to_text(type),
      set.set_identifier.empty() ? "" : absl::StrCat(", SetIdentifier ", set.set_identifier.str()));
}

// "Change with [Name=x, Type=A, SetIdentifier=s1]".
std::string change_words(const Name& owner, RRType type, const RecordSet& set) {
  return absl::StrCat(
      "Change with [Name=", owner.text(), ", Type=", dns::to_text(type),
      ", SetIdentifier=", set.set_identifier.empty() ? "null" : set.set_identifier.str(), "]");
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

void check_alias_fields(const Name& owner, RRType type, const RecordSet& set, Problems& problems) {
  if (set.rdata.empty() && set.ttl == 0) return;
  problems.add(
      "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], "
      "or "
      "TrafficPolicyInstanceId], but found more than one in ",
      change_words(owner, type, set));
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
    problems.add(set_words(owner, type, set), ": health check ", set.health_check_id.str(),
                 " does not exist; define it under health_checks");
  }
}

void check_identifiers(const Name& owner, const RecordGroup& group, Problems& problems) {
  std::set<std::string_view> identifiers;
  for (const RecordSet& set : group.sets) {
    const bool is_simple = std::holds_alternative<model::Simple>(set.policy);
    if (is_simple && !set.set_identifier.empty()) {
      problems.add(
          "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, "
          "MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig], but found none in ",
          change_words(owner, group.type, set));
    } else if (!is_simple && set.set_identifier.empty()) {
      problems.add("Invalid request: Missing field 'SetIdentifier' in ",
                   change_words(owner, group.type, set));
    } else if (set.set_identifier.size() > kSetIdentifierMax) {
      problems.add(set_words(owner, group.type, set), ": the identifier has more than ",
                   kSetIdentifierMax, " octets");
    }
    if (!is_simple && !identifiers.insert(set.set_identifier.str()).second) {
      problems.add("Tried to create resource record set [name='", owner.text(), "', type='",
                   dns::to_text(group.type), "', set-identifier='", set.set_identifier.str(),
                   "'] but it already exists");
    }
  }
}

void check_instance_ttl(const Name& owner, const RecordGroup& group, Problems& problems) {
  if (group.instance->ttl <= kTtlMax) return;
  problems.add("RRSet with DNS name ", owner.text(), ", type ", dns::to_text(group.type), ": TTL ",
               group.instance->ttl, " is above ", kTtlMax);
}

// A delegation of names that do not exist (RFC 4592 section 4.2).
void check_wildcard_delegation(const Name& owner, RRType type, Problems& problems) {
  if (type == RRType::kNs && owner.is_wildcard())
    problems.add("Changing wildcard NS record sets are not supported. No changes made.");
}

// What the document of a traffic policy says has been checked with the document.
void check_sets(const Config& config, const Name& owner, const RecordGroup& group,
                const RecordGroup* before, Problems& problems) {
  for (const RecordSet& set : group.sets) {
    if (set.alias) {
      check_alias_fields(owner, group.type, set, problems);
    } else {
      check_values(owner, group.type, set, problems);
    }
    check_health_check(config, owner, group.type, set, problems);
  }
  check_identifiers(owner, group, problems);
  check_wildcard_delegation(owner, group.type, problems);
  GroupVoice voice;
  voice.before = before;
  voice.group = absl::StrCat(owner.text(), ", type ", dns::to_text(group.type));
  voice.name = [&](const RecordSet& set) { return set_words(owner, group.type, set); };
  voice.report = [&](const RecordSet&, const std::string& sentence) { problems.add(sentence); };
  check_policies(group, &config, voice);
}

void check_group(const Config& config, const Name& owner, const RecordGroup& group,
                 const RecordGroup* before, Problems& problems) {
  if (group.sets.empty()) {
    problems.add("RRSet with DNS name ", owner.text(), ", type ", dns::to_text(group.type),
                 " has no record sets");
    return;
  }
  if (dns::is_meta_type(group.type)) {
    problems.add("type ", dns::to_text(group.type), " at ", owner.text(),
                 " is only for queries (RFC 6895)");
  }
  if (group.instance) {
    check_instance_ttl(owner, group, problems);
  } else {
    check_sets(config, owner, group, before, problems);
  }
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
  const bool awaits_transfer =
      zone.manager == model::ZoneManager::kPrimaries && !zone.has_records();
  if (awaits_transfer) return;
  if (zone.group(zone.apex, RRType::kSoa) == nullptr) {
    problems.add("A HostedZone must contain exactly one SOA record.");
  }
  if (zone.group(zone.apex, RRType::kNs) == nullptr) {
    problems.add("A HostedZone must contain at least one NS record for the zone itself.");
  }
}

// The rules of one batch, on its final state.
class Checker {
 public:
  Checker(const Config& before, const Config& after)
      : before_(before),
        after_(after),
        aliases_(before, after, problems_),
        named_(before, after, problems_) {}

  void check_put(const model::PutGroup& put) {
    const model::ZonePtr* zone = after_.zones.find(put.zone_apex);
    if (zone == nullptr) return;
    const RRType type = put.group->type;
    if (!put.owner.is_at_or_below(put.zone_apex)) {
      problems_.add("RRSet with DNS name ", put.owner.text(), " is not permitted in zone ",
                    put.zone_apex.text());
    }
    if (type == RRType::kSoa && !(put.owner == put.zone_apex)) {
      problems_.add("RRSet of type SOA with DNS name ", put.owner.text(),
                    " is permitted only at the apex of zone ", put.zone_apex.text());
    }
    const model::OwnerRecordsPtr* records = (*zone)->owners.find(put.owner);
    const RecordGroup* group = records == nullptr ? nullptr : (*records)->group(type);
    if (group == nullptr) return;  // a later change of the batch removed it
    const RecordGroup* before =    // only sets beside others have a policy in common
        group->sets.size() < 2 ? nullptr : find_group(before_, {put.zone_apex, put.owner, type});
    check_group(after_, put.owner, *group, before, problems_);
    check_cname(**zone, put.owner, **records, type, problems_);
    check_what_it_names(put, *group);
  }

  void check_zone(const Name& apex) {
    if (const model::ZonePtr* zone = after_.zones.find(apex)) check_apex(**zone, problems_);
  }

  void check_removed(const GroupKey& key) { aliases_.check_removed(key); }
  void check_named(const model::ChangeBatch& batch) { named_.check(batch); }
  void check_health_checks(const model::ChangeBatch& batch) {
    check_calculated(after_, batch, problems_);
  }
  void check_access(const model::ChangeBatch& batch) {
    policy::check_access(after_, batch, problems_);
  }
  void check_views(const model::ChangeBatch& batch) {
    policy::check_views(after_, batch, problems_);
  }
  void check_forward_rules(const model::ChangeBatch& batch) {
    policy::check_forward_rules(after_, batch, problems_);
  }
  void check_secondaries(const model::ChangeBatch& batch) {
    policy::check_secondaries(after_, batch, problems_);
  }
  absl::Status status() const { return problems_.status(); }

 private:
  void check_what_it_names(const model::PutGroup& put, const RecordGroup& group) {
    const bool has_alias = std::any_of(group.sets.begin(), group.sets.end(),
                                       [](const RecordSet& set) { return bool{set.alias}; });
    const bool may_be_target = !after_.references->aliases.empty();
    if (!has_alias && !may_be_target && !group.instance) return;
    const GroupKey key{put.zone_apex, put.owner, group.type};
    if (group.instance) named_.check_instance(key, *group.instance);
    aliases_.check(key, group);
  }

  const Config& before_;
  const Config& after_;
  Problems problems_;
  AliasRules aliases_;
  NamedRules named_;
};

}  // namespace

absl::Status check_touched(const Config& before, const model::ChangeBatch& batch, Config& after) {
  update_references(before, batch, after);
  Checker checker(before, after);
  checker.check_named(batch);
  checker.check_health_checks(batch);
  checker.check_access(batch);
  checker.check_views(batch);
  checker.check_forward_rules(batch);
  checker.check_secondaries(batch);
  std::set<Name> apexes;
  const Name* last = nullptr;  // changes of one zone come in a row
  const auto touch = [&](const Name& apex) {
    if (last == nullptr || !(*last == apex)) apexes.insert(apex);
    last = &apex;
  };
  for (const model::Change& change : batch.changes) {
    if (const auto* put = std::get_if<model::PutGroup>(&change)) {
      checker.check_put(*put);
      touch(put->zone_apex);
    } else if (const auto* removal = std::get_if<model::DeleteGroup>(&change)) {
      touch(removal->zone_apex);
    } else if (const auto* zone = std::get_if<model::PutZone>(&change)) {
      touch(zone->zone.apex);
    }
  }
  for (const Name& apex : apexes) checker.check_zone(apex);
  if (!after.references->aliases.empty()) {
    for_each_removed(before, batch, after,
                     [&](const GroupKey& key) { checker.check_removed(key); });
  }
  return checker.status();
}

}  // namespace signpost::policy
