#include "control/config_builder.h"

#include <utility>

#include "base/status.h"

namespace signpost::control {

absl::Status ConfigBuilder::add_group(model::ZoneId zone_id, const dns::Name& owner,
                                      model::RecordGroupPtr group) {
  if (zone_ == nullptr || zone_->id != zone_id || !(owner_ == owner)) {
    flush();
    const auto found = zones_.find(zone_id);
    if (found == zones_.end()) return absl::DataLossError("a stored group has no zone");
    zone_ = &found->second;
    owner_ = owner;
    records_ = std::make_shared<model::OwnerRecords>();
  }
  records_->groups.push_back(std::move(group));
  return absl::OkStatus();
}

void ConfigBuilder::add_health_check(model::HealthCheckPtr check) {
  const std::string id = check->id;
  health_checks_.set(id, std::move(check));
}

model::Config ConfigBuilder::take(model::ConfigGeneration generation) {
  flush();
  model::Config config;
  config.generation = generation;
  config.health_checks = std::move(health_checks_);
  for (auto& [id, zone] : zones_) {
    auto shared = std::make_shared<const model::Zone>(std::move(zone));
    config.zones.set(shared->apex, shared);
  }
  zones_.clear();
  return config;
}

void ConfigBuilder::flush() {
  if (zone_ != nullptr) zone_->owners.set(owner_, std::move(records_));
  zone_ = nullptr;
}

}  // namespace signpost::control
