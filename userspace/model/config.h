// What the operator wants: zones with their record sets, and health checks. Immutable values; see
// design invariant 7.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/boxed.h"
#include "model/forward_rule.h"
#include "model/guard.h"
#include "model/health_check.h"
#include "model/locality_map.h"
#include "model/notice_receiver.h"
#include "model/persistent_map.h"
#include "model/prefix.h"
#include "model/rdata_list.h"
#include "model/secondary_zone.h"
#include "model/tags.h"
#include "model/view.h"
#include "model/zone_access.h"

namespace signpost::model {

// Routing policies, under Route 53's names. A record set has exactly one.
struct Simple {
  friend bool operator==(const Simple&, const Simple&) = default;
};
struct Weighted {
  std::uint8_t weight = 0;  // 0 to 255; see route53 zero-weight rule at policy::decide()
  friend bool operator==(const Weighted&, const Weighted&) = default;
};
enum class FailoverRole { kPrimary, kSecondary };
struct Failover {
  FailoverRole role = FailoverRole::kPrimary;
  friend bool operator==(const Failover&, const Failover&) = default;
};
struct LatencyFields {
  std::string region;
  friend bool operator==(const LatencyFields&, const LatencyFields&) = default;
};
using Latency = Boxed<LatencyFields>;
// Exactly one of: a continent; a country, "*" being the default for all clients; a country and one
// of its subdivisions.
struct GeolocationFields {
  std::string continent;
  std::string country;
  std::string subdivision;
  bool is_default() const { return country == "*"; }
  friend bool operator==(const GeolocationFields&, const GeolocationFields&) = default;
};
using Geolocation = Boxed<GeolocationFields>;
struct GeoproximityFields {
  std::string region;       // a Region or Local Zone group; empty: `coordinates`
  Coordinates coordinates;  // of the endpoint, if `region` is empty
  int bias = 0;             // -99 to 99
  friend bool operator==(const GeoproximityFields&, const GeoproximityFields&) = default;
};
using Geoproximity = Boxed<GeoproximityFields>;
struct IpBasedFields {
  std::string collection;  // id
  std::string location;    // "*": the default for all clients
  friend bool operator==(const IpBasedFields&, const IpBasedFields&) = default;
};
using IpBased = Boxed<IpBasedFields>;
struct Multivalue {
  friend bool operator==(const Multivalue&, const Multivalue&) = default;
};
using Policy = std::variant<Simple, Weighted, Failover, Latency, Geolocation, Geoproximity, IpBased,
                            Multivalue>;

struct RecordGroup;
using RecordGroupPtr = std::shared_ptr<const RecordGroup>;

// What an alias answers with: the records of its own type at `name`, in a zone held or, if
// `external`, wherever a resolver finds them; or a branch of a traffic policy's tree.
struct AliasTarget {
  dns::Name zone_apex;  // folded; of the zone that holds the target
  dns::Name name;       // folded
  bool external = false;
  RecordGroupPtr tree;  // in place of a name
  bool evaluate_target_health = false;
  friend bool operator==(const AliasTarget& a, const AliasTarget& b);
};

// A version of a traffic policy at an owner name.
struct TrafficPolicyInstance {
  std::string policy;  // id
  std::uint32_t version = 0;
  std::uint32_t ttl = 0;  // seconds, of all its records
  friend bool operator==(const TrafficPolicyInstance&, const TrafficPolicyInstance&) = default;
};

// Some of the records of one (owner name, type). Under Simple it is the only set of its group.
struct RecordSet {
  Text set_identifier;  // empty under Simple only
  Policy policy;
  std::uint32_t ttl = 0;  // seconds; of an alias 0: its target's counts
  // Answers, to every client that has a set, only while no other set for that client is healthy;
  // what its policy says counts for nothing then. At most one of a group.
  bool last_resort = false;
  RdataList rdata;           // at least one; of an alias none
  Boxed<AliasTarget> alias;  // empty: not an alias
  Text health_check_id;      // empty: healthy, as far as the alias target is
  friend bool operator==(const RecordSet&, const RecordSet&) = default;
};

// One, as most groups have, takes no memory of its own.
using RecordSets = absl::InlinedVector<RecordSet, 1>;

// How slots are handed out where a policy splits the answers (bpf/abi.h, RING_*).
enum class RingMode : std::uint8_t { kExact, kRandom, kSticky };

// What answers a client for whom no set is healthy.
enum class FailMode : std::uint8_t {
  kOpen,    // the sets, as if they were healthy: Route 53's rule
  kClosed,  // none: NODATA
};

// All record sets of one (owner name, type): one policy kind, unique set identifiers in ascending
// order.
struct RecordGroup {
  dns::RRType type{};
  RingMode ring_mode = RingMode::kExact;
  FailMode fail_mode = FailMode::kOpen;
  RecordSets sets;
  // Of a group made from a traffic policy, which the operator changes in its place.
  Boxed<TrafficPolicyInstance> instance;
  friend bool operator==(const RecordGroup&, const RecordGroup&) = default;
};

// All groups of one owner name, in ascending order of type.
struct OwnerRecords {
  absl::InlinedVector<RecordGroupPtr, 1> groups;

  // The group of `type`, or null.
  const RecordGroup* group(dns::RRType type) const;
};
using OwnerRecordsPtr = std::shared_ptr<const OwnerRecords>;

// Who may change a zone: `apply` with files, single changes through the API, or transfers from its
// primaries.
enum class ZoneManager { kFiles, kApi, kPrimaries };

using ZoneId = std::uint32_t;  // from 1; never used again for another zone

// A zone has exactly one SOA and at least one NS record set at its apex, both Simple; or no records
// at all, if it is to be copied from primaries and has not been yet, or has expired.
struct Zone {
  ZoneId id = 0;
  dns::Name apex;  // folded; its name space is that of the view whose clients alone see the zone
  ZoneManager manager = ZoneManager::kFiles;
  std::string comment;
  Tags tags;
  PersistentMap<dns::Name, OwnerRecordsPtr> owners;  // keys folded

  // Without records all its names get SERVFAIL.
  bool has_records() const { return !owners.empty(); }

  // The group of (owner, type), or null.
  const RecordGroup* group(const dns::Name& owner, dns::RRType type) const;
};
using ZonePtr = std::shared_ptr<const Zone>;

// Named groups of client prefixes for IP-based routing (route53-semantics 1.8). A block belongs to
// one location of a collection.
struct CidrLocation {
  std::string name;  // 1 to 16 letters, digits, '_' and '-'
  std::vector<Prefix> blocks;
  friend bool operator==(const CidrLocation&, const CidrLocation&) = default;
};
struct CidrCollection {
  std::string id;
  std::string name;
  std::vector<CidrLocation> locations;
  friend bool operator==(const CidrCollection&, const CidrCollection&) = default;
};
using CidrCollectionPtr = std::shared_ptr<const CidrCollection>;

// What the operator knows better than the geographic data: the clients of a prefix are at `place`.
struct PlaceOverride {
  Prefix prefix;
  Place place;  // source: kOverride
  friend bool operator==(const PlaceOverride&, const PlaceOverride&) = default;
};
using PlaceOverridePtr = std::shared_ptr<const PlaceOverride>;

// One version of a traffic policy document (route53-semantics 4), as the operator wrote it.
struct TrafficPolicy {
  std::string id;
  std::uint32_t version = 1;  // from 1
  std::string name;
  std::string comment;
  std::string document;  // JSON
  friend bool operator==(const TrafficPolicy&, const TrafficPolicy&) = default;
};
using TrafficPolicyPtr = std::shared_ptr<const TrafficPolicy>;

// Numbers the stored changes; 0 is the empty configuration before the first.
using ConfigGeneration = std::uint64_t;

// The key of one version of a traffic policy: "ID/VERSION".
std::string traffic_policy_key(const std::string& id, std::uint32_t version);

struct References;  // model/references.h

struct Config {
  ConfigGeneration generation = 0;
  PersistentMap<dns::Name, ZonePtr> zones;  // by folded apex
  PersistentMap<std::string, HealthCheckPtr> health_checks;
  PersistentMap<std::string, CidrCollectionPtr> cidr_collections;  // by id
  PersistentMap<std::string, PlaceOverridePtr> place_overrides;    // by Prefix::text()
  PersistentMap<std::string, TrafficPolicyPtr> traffic_policies;   // by traffic_policy_key()
  PersistentMap<std::string, NoticeReceiverPtr> notice_receivers;  // by id
  PersistentMap<std::string, GuardPtr> guards;                     // by interface
  PersistentMap<std::string, TsigKeyPtr> tsig_keys;                // by name
  PersistentMap<std::string, ZoneAccessPtr> zone_access;           // by ZoneAccess::key()
  PersistentMap<std::string, ViewPtr> views;                       // by View::name()
  PersistentMap<std::string, ForwardRulePtr> forward_rules;        // by name
  // By SecondaryZone::key(); the zone of each is among `zones`, managed by kPrimaries.
  PersistentMap<std::string, SecondaryZonePtr> secondary_zones;
  PersistentMap<std::string, Coordinates> regions;  // the operator's own, or other coordinates
  // Which groups name what; policy::apply_batch() keeps it up to date. Null: not collected yet.
  std::shared_ptr<const References> references;

  // What others may do with the zone; null: nothing.
  ZoneAccessPtr access_of(const dns::Name& apex) const;

  // The zone with the longest apex at or above `name` in its name space, or null.
  ZonePtr zone_of(const dns::Name& name) const;

  // The ids of the health checks with such tags.
  std::vector<std::string> checks_tagged(const TagSelector& selector) const;
};

}  // namespace signpost::model
