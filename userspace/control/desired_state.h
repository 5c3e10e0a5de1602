// What a stream of configuration messages asks the state to be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/config.h"

namespace signpost::v1 {
class Config;
}

namespace signpost::control {

// The groups that one zone shall have, in the order in which they were added until arrange().
class DesiredGroups {
 public:
  struct Entry {
    dns::Name owner;  // folded
    dns::RRType type{};
    std::uint64_t order = 0;  // of the owner in maps of names
    std::shared_ptr<model::RecordGroup> group;
  };

  DesiredGroups() = default;
  DesiredGroups(DesiredGroups&&) = default;
  DesiredGroups& operator=(DesiredGroups&&) = default;

  // The group of (owner, type), null if it is new.
  std::shared_ptr<model::RecordGroup>& operator[](std::pair<dns::Name, dns::RRType> key);
  // Null if there is none.
  const model::RecordGroup* find(const dns::Name& owner, dns::RRType type) const;

  // Brings the groups into the order of the maps of names, in memory as well: what is done with
  // them later, a dozen times, is done in that order, and waits for memory if they lie anywhere.
  void arrange();

  std::size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  struct Key {
    const dns::Name& owner;
    dns::RRType type;
    std::uint64_t order;
  };
  // The order is as good as a hash, and growing does not have to visit the names again.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Key& key) const { return key.order; }
    std::size_t operator()(const Entry* entry) const { return entry->order; }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Entry* entry, const Key& key) const {
      return entry->order == key.order && entry->type == key.type && entry->owner == key.owner;
    }
    bool operator()(const Entry* a, const Entry* b) const { return a == b; }
  };

  using InOrder = std::vector<std::pair<std::uint64_t, const Entry*>>;
  static void fetch_ahead(const InOrder& groups, std::size_t index);

  std::deque<Entry> entries_;
  absl::flat_hash_set<Entry*, Hash, Equal> by_key_;
};

// What a stream of configuration asks for one zone to be.
struct DesiredZone {
  dns::Name apex;  // folded
  std::string comment;
  model::Tags tags;
  DesiredGroups groups;
};

struct DesiredState {
  // Aliases and instances in their groups are yet to be completed (targets.h).
  std::vector<DesiredZone> zones;                    // in the order of first mention
  std::vector<model::HealthCheckPtr> health_checks;  // likewise
  std::vector<model::CidrCollectionPtr> cidr_collections;
  std::vector<model::PlaceOverridePtr> place_overrides;
  std::vector<std::pair<std::string, model::Coordinates>> regions;
  std::vector<model::TrafficPolicyPtr> traffic_policies;
  std::vector<model::NoticeReceiverPtr> notice_receivers;
  std::vector<model::GuardPtr> guards;
  std::vector<model::TsigKeyPtr> tsig_keys;
  std::vector<model::ZoneAccessPtr> zone_access;
  std::vector<model::ViewPtr> views;
  std::vector<model::ForwardRulePtr> forward_rules;
  std::vector<model::SecondaryZonePtr> secondary_zones;
};

// Collects the messages of one stream. Errors carry field paths (control.proto, ApplyRequest), at
// most a few of them, joined by "; ".
class DesiredStateReader {
 public:
  DesiredStateReader();
  ~DesiredStateReader();

  // INVALID_ARGUMENT as soon as there are many errors; else errors wait for finish().
  absl::Status add(const v1::Config& part);

  // Completes SOA and NS record sets from name_servers and hostmaster. Call once, at the end.
  absl::StatusOr<DesiredState> finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::control
