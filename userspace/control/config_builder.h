// Builds a configuration from stored rows.
#pragma once

#include <map>

#include "absl/status/status.h"
#include "model/config.h"

namespace signpost::control {

// Groups of one owner name must come one after the other, in ascending order of type.
class ConfigBuilder {
 public:
  void add_zone(model::Zone zone) { zones_[zone.id] = std::move(zone); }

  // DATA_LOSS if there is no zone of this id.
  absl::Status add_group(model::ZoneId zone_id, const dns::Name& owner,
                         model::RecordGroupPtr group);

  void add_health_check(model::HealthCheckPtr check);

  model::Config take(model::ConfigGeneration generation);

 private:
  void flush();

  std::map<model::ZoneId, model::Zone> zones_;
  model::PersistentMap<std::string, model::HealthCheckPtr> health_checks_;
  // The owner name whose groups are being collected.
  model::Zone* zone_ = nullptr;
  dns::Name owner_;
  std::shared_ptr<model::OwnerRecords> records_;
};

}  // namespace signpost::control
