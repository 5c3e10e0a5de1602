// Applying a batch to a configuration; the rules on the result are in record_rules.cc.
#include <algorithm>
#include <map>

#include "base/status.h"
#include "policy/record_rules.h"
#include "policy/validate.h"

namespace signpost::policy {

using dns::Name;
using model::Config;
using model::OwnerRecords;
using model::OwnerRecordsPtr;
using model::RecordGroupPtr;
using model::Zone;

namespace {

bool type_before(const RecordGroupPtr& group, dns::RRType type) { return group->type < type; }

// Applies changes to working copies of the zones they name.
class Applier {
 public:
  explicit Applier(const Config& before) : config_(before) {}

  absl::Status operator()(const model::PutZone& put) {
    if (Zone* zone = open(put.zone.apex)) {
      zone->manager = put.zone.manager;
      zone->comment = put.zone.comment;
      zone->tags = put.zone.tags;
      return absl::OkStatus();
    }
    if (put.zone.id == 0) return internal_error("zone ", put.zone.apex.text(), " has no id");
    Zone zone = put.zone;
    zone.owners = {};
    zones_.insert_or_assign(put.zone.apex, std::move(zone));
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteZone& removal) {
    if (open(removal.apex) == nullptr) return no_zone(removal.apex);
    zones_.insert_or_assign(removal.apex, std::nullopt);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::PutGroup& put) {
    Zone* zone = open(put.zone_apex);
    if (zone == nullptr) return no_zone(put.zone_apex);
    OwnerRecords records = records_of(*zone, put.owner);
    auto at = std::lower_bound(records.groups.begin(), records.groups.end(), put.group->type,
                               type_before);
    if (at != records.groups.end() && (*at)->type == put.group->type) {
      *at = put.group;
    } else {
      records.groups.insert(at, put.group);
    }
    zone->owners.set(put.owner, std::make_shared<const OwnerRecords>(std::move(records)));
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteGroup& removal) {
    Zone* zone = open(removal.zone_apex);
    if (zone == nullptr) return no_zone(removal.zone_apex);
    OwnerRecords records = records_of(*zone, removal.owner);
    auto at =
        std::lower_bound(records.groups.begin(), records.groups.end(), removal.type, type_before);
    if (at == records.groups.end() || (*at)->type != removal.type) {
      return not_found("Tried to delete resource record set [name='", removal.owner.text(),
                       "', type='", dns::to_text(removal.type), "'] but it was not found");
    }
    records.groups.erase(at);
    if (records.groups.empty()) {
      zone->owners.erase(removal.owner);
    } else {
      zone->owners.set(removal.owner, std::make_shared<const OwnerRecords>(std::move(records)));
    }
    return absl::OkStatus();
  }

  absl::Status operator()(const model::PutHealthCheck& put) {
    config_.health_checks.set(put.check->id, put.check);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteHealthCheck& removal) {
    return remove(config_.health_checks, removal.id, "health check ");
  }

  absl::Status operator()(const model::PutCidrCollection& put) {
    config_.cidr_collections.set(put.collection->id, put.collection);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteCidrCollection& removal) {
    return remove(config_.cidr_collections, removal.id, "CIDR collection ");
  }

  absl::Status operator()(const model::PutPlaceOverride& put) {
    config_.place_overrides.set(put.place->prefix.text(), put.place);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeletePlaceOverride& removal) {
    return remove(config_.place_overrides, removal.prefix.text(), "the place of ");
  }

  absl::Status operator()(const model::PutRegion& put) {
    config_.regions.set(put.name, put.coordinates);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteRegion& removal) {
    return remove(config_.regions, removal.name, "region ");
  }

  absl::Status operator()(const model::PutTrafficPolicy& put) {
    const std::string key = model::traffic_policy_key(put.policy->id, put.policy->version);
    const model::TrafficPolicyPtr* old = config_.traffic_policies.find(key);
    if (old != nullptr && !(**old == *put.policy)) {
      return invalid_argument("traffic policy ", key,
                              " is there with other content; use another version");
    }
    config_.traffic_policies.set(key, put.policy);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteTrafficPolicy& removal) {
    return remove(config_.traffic_policies, model::traffic_policy_key(removal.id, removal.version),
                  "traffic policy ");
  }

  absl::Status operator()(const model::PutNoticeReceiver& put) {
    config_.notice_receivers.set(put.receiver->id, put.receiver);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteNoticeReceiver& removal) {
    return remove(config_.notice_receivers, removal.id, "notice receiver ");
  }

  absl::Status operator()(const model::PutGuard& put) {
    config_.guards.set(put.guard->interface, put.guard);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteGuard& removal) {
    return remove(config_.guards, removal.interface, "guard of ");
  }

  absl::Status operator()(const model::PutTsigKey& put) {
    config_.tsig_keys.set(put.key->name.text(), put.key);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteTsigKey& removal) {
    return remove(config_.tsig_keys, removal.name, "TSIG key ");
  }

  absl::Status operator()(const model::PutZoneAccess& put) {
    config_.zone_access.set(put.access->key(), put.access);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteZoneAccess& removal) {
    return remove(config_.zone_access, removal.key, "access to ");
  }

  absl::Status operator()(const model::PutForwardRule& put) {
    config_.forward_rules.set(put.rule->name, put.rule);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteForwardRule& removal) {
    return remove(config_.forward_rules, removal.name, "forward rule ");
  }

  absl::Status operator()(const model::PutView& put) {
    config_.views.set(put.view->name(), put.view);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteView& removal) {
    return remove(config_.views, removal.name, "view ");
  }

  absl::Status operator()(const model::PutSecondaryZone& put) {
    config_.secondary_zones.set(put.secondary->key(), put.secondary);
    return absl::OkStatus();
  }

  absl::Status operator()(const model::DeleteSecondaryZone& removal) {
    return remove(config_.secondary_zones, removal.key, "secondary zone ");
  }

  Config take() {
    for (auto& [apex, zone] : zones_) {
      if (zone) {
        config_.zones.set(apex, std::make_shared<const Zone>(*std::move(zone)));
      } else {
        config_.zones.erase(apex);
      }
    }
    ++config_.generation;
    return std::move(config_);
  }

 private:
  template <typename Value>
  static absl::Status remove(model::PersistentMap<std::string, Value>& values,
                             const std::string& key, const char* what) {
    if (values.find(key) == nullptr) return not_found(what, key, " does not exist");
    values.erase(key);
    return absl::OkStatus();
  }

  // The working copy of a zone; null if there is none.
  Zone* open(const Name& apex) {
    if (last_ != nullptr && last_->first == apex) return working_copy(*last_);
    auto at = zones_.find(apex);
    if (at == zones_.end()) {
      const model::ZonePtr* zone = config_.zones.find(apex);
      at = zones_.emplace(apex, zone == nullptr ? std::nullopt : std::optional(**zone)).first;
    }
    last_ = &*at;
    return working_copy(*last_);
  }

  using Opened = std::pair<const Name, std::optional<Zone>>;
  static Zone* working_copy(Opened& opened) { return opened.second ? &*opened.second : nullptr; }

  static OwnerRecords records_of(const Zone& zone, const Name& owner) {
    const OwnerRecordsPtr* records = zone.owners.find(owner);
    return records == nullptr ? OwnerRecords() : **records;
  }

  static absl::Status no_zone(const Name& apex) {
    return not_found("No hosted zone found with name ", apex.text());
  }

  Config config_;
  std::map<Name, std::optional<Zone>> zones_;
  Opened* last_ = nullptr;  // of zones_, the last opened: changes of one zone come in a row
};

}  // namespace

absl::StatusOr<Config> apply_batch(const Config& before, const model::ChangeBatch& batch) {
  Applier applier(before);
  for (const model::Change& change : batch.changes) RETURN_IF_ERROR(std::visit(applier, change));
  Config after = applier.take();
  RETURN_IF_ERROR(check_touched(before, batch, after));
  return after;
}

}  // namespace signpost::policy
