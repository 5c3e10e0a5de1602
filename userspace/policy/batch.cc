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
    if (config_.health_checks.find(removal.id) == nullptr) {
      return not_found("health check ", removal.id, " does not exist");
    }
    config_.health_checks.erase(removal.id);
    return absl::OkStatus();
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
  RETURN_IF_ERROR(check_touched(after, batch));
  return after;
}

}  // namespace signpost::policy
