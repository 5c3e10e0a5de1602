// What the operator wants: zones with their record sets, and health checks. Immutable values; see
// design invariant 7.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/locality_map.h"
#include "model/persistent_map.h"
#include "model/prefix.h"

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
using Policy = std::variant<Simple, Weighted, Failover>;

// Some of the records of one (owner name, type). Under Simple it is the only set of its group.
struct RecordSet {
  std::string set_identifier;  // empty under Simple only
  Policy policy;
  std::uint32_t ttl = 0;           // seconds
  std::vector<std::string> rdata;  // uncompressed wire form, at least one
  std::string health_check_id;     // empty: always healthy
  friend bool operator==(const RecordSet&, const RecordSet&) = default;
};

// How slots are handed out where a policy splits the answers (bpf/abi.h, RING_*).
enum class RingMode { kExact, kRandom, kSticky };

// All record sets of one (owner name, type): one policy kind, unique set identifiers in ascending
// order.
struct RecordGroup {
  dns::RRType type{};
  RingMode ring_mode = RingMode::kExact;
  std::vector<RecordSet> sets;
  friend bool operator==(const RecordGroup&, const RecordGroup&) = default;
};
using RecordGroupPtr = std::shared_ptr<const RecordGroup>;

// All groups of one owner name, in ascending order of type.
struct OwnerRecords {
  std::vector<RecordGroupPtr> groups;

  // The group of `type`, or null.
  const RecordGroup* group(dns::RRType type) const;
};
using OwnerRecordsPtr = std::shared_ptr<const OwnerRecords>;

// Who may change a zone: `apply` with files, or single changes through the API.
enum class ZoneManager { kFiles, kApi };

using ZoneId = std::uint32_t;  // from 1; never used again for another zone

// A zone always has exactly one SOA and at least one NS record set at its apex, both Simple.
struct Zone {
  ZoneId id = 0;
  dns::Name apex;  // folded
  ZoneManager manager = ZoneManager::kFiles;
  std::string comment;
  PersistentMap<dns::Name, OwnerRecordsPtr> owners;  // keys folded

  // The group of (owner, type), or null.
  const RecordGroup* group(const dns::Name& owner, dns::RRType type) const;
};
using ZonePtr = std::shared_ptr<const Zone>;

enum class ProbeKind { kHttp, kTcp };

// An active check of one endpoint. Fields and limits as Route 53's (route53 section 2.1), intervals
// from one second.
struct HealthCheck {
  std::string id;
  ProbeKind kind = ProbeKind::kHttp;
  std::string address;  // IPv4 or IPv6
  std::uint16_t port = 80;
  std::string resource_path;  // HTTP: begins with '/'
  std::string host;           // HTTP: Host header; empty: the address
  std::chrono::milliseconds request_interval{30000};
  std::uint32_t failure_threshold = 3;  // consecutive results that flip the status, either way
  bool inverted = false;
  bool disabled = false;
  friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};
using HealthCheckPtr = std::shared_ptr<const HealthCheck>;

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

// Numbers the stored changes; 0 is the empty configuration before the first.
using ConfigGeneration = std::uint64_t;

struct Config {
  ConfigGeneration generation = 0;
  PersistentMap<dns::Name, ZonePtr> zones;  // by folded apex
  PersistentMap<std::string, HealthCheckPtr> health_checks;
  PersistentMap<std::string, CidrCollectionPtr> cidr_collections;  // by id
  PersistentMap<std::string, PlaceOverridePtr> place_overrides;    // by Prefix::text()
  PersistentMap<std::string, Coordinates> regions;  // the operator's own, or other coordinates

  // The zone with the longest apex at or above `name`, or null.
  ZonePtr zone_of(const dns::Name& name) const;
};

}  // namespace signpost::model
