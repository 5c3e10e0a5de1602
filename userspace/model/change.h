// A change batch: what the control services hand to the publisher, validated whole, applied whole.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "model/config.h"

namespace signpost::model {

// Creates the zone, or replaces its settings; owners are not touched. `zone.owners` is ignored.
struct PutZone {
  Zone zone;
};
struct DeleteZone {
  dns::Name apex;
};
// Creates or replaces all record sets of one (owner, type).
struct PutGroup {
  dns::Name zone_apex;
  dns::Name owner;
  RecordGroupPtr group;
};
struct DeleteGroup {
  dns::Name zone_apex;
  dns::Name owner;
  dns::RRType type{};
};
struct PutHealthCheck {
  HealthCheckPtr check;
};
struct DeleteHealthCheck {
  std::string id;
};
struct PutCidrCollection {
  CidrCollectionPtr collection;
};
struct DeleteCidrCollection {
  std::string id;
};
struct PutPlaceOverride {
  PlaceOverridePtr place;
};
struct DeletePlaceOverride {
  Prefix prefix;
};
// Gives a region coordinates, in place of those that AWS's regions of that name have.
struct PutRegion {
  std::string name;
  Coordinates coordinates;
};
struct DeleteRegion {
  std::string name;
};
// A version that is already there may not change.
struct PutTrafficPolicy {
  TrafficPolicyPtr policy;
};
struct DeleteTrafficPolicy {
  std::string id;
  std::uint32_t version = 0;
};
struct PutNoticeReceiver {
  NoticeReceiverPtr receiver;
};
struct DeleteNoticeReceiver {
  std::string id;
};
struct PutGuard {
  GuardPtr guard;
};
struct DeleteGuard {
  std::string interface;
};
struct PutTsigKey {
  TsigKeyPtr key;
};
struct DeleteTsigKey {
  std::string name;
};
struct PutZoneAccess {
  ZoneAccessPtr access;
};
struct DeleteZoneAccess {
  std::string key;  // ZoneAccess::key()
};
struct PutView {
  ViewPtr view;
};
struct DeleteView {
  std::string name;
};
struct PutForwardRule {
  ForwardRulePtr rule;
};
struct DeleteForwardRule {
  std::string name;
};
struct PutSecondaryZone {
  SecondaryZonePtr secondary;
};
struct DeleteSecondaryZone {
  std::string key;  // SecondaryZone::key()
};
using Change =
    std::variant<PutZone, DeleteZone, PutGroup, DeleteGroup, PutHealthCheck, DeleteHealthCheck,
                 PutCidrCollection, DeleteCidrCollection, PutPlaceOverride, DeletePlaceOverride,
                 PutRegion, DeleteRegion, PutTrafficPolicy, DeleteTrafficPolicy, PutNoticeReceiver,
                 DeleteNoticeReceiver, PutGuard, DeleteGuard, PutTsigKey, DeleteTsigKey,
                 PutZoneAccess, DeleteZoneAccess, PutView, DeleteView, PutForwardRule,
                 DeleteForwardRule, PutSecondaryZone, DeleteSecondaryZone>;

struct ChangeBatch {
  std::vector<Change> changes;  // applied in order; a later change sees the earlier ones
  std::string author;           // who asked, as the API saw it
  std::string comment;
};

}  // namespace signpost::model
