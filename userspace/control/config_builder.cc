#include "control/config_builder.h"

#include <utility>

#include "base/status.h"
#include "control/targets.h"

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
  if (group->instance && (instances_.empty() || instances_.back() != std::pair(zone_id, owner))) {
    instances_.emplace_back(zone_id, owner);
  }
  records_->groups.push_back(std::move(group));
  return absl::OkStatus();
}

void ConfigBuilder::add(const std::string& key, model::HealthCheckPtr check) {
  config_.health_checks.set(key, std::move(check));
}
void ConfigBuilder::add(const std::string& key, model::CidrCollectionPtr collection) {
  config_.cidr_collections.set(key, std::move(collection));
}
void ConfigBuilder::add(const std::string& key, model::PlaceOverridePtr place) {
  config_.place_overrides.set(key, std::move(place));
}
void ConfigBuilder::add(const std::string& key,
                        const std::shared_ptr<const model::Coordinates>& region) {
  config_.regions.set(key, *region);
}
void ConfigBuilder::add(const std::string& key, model::TrafficPolicyPtr policy) {
  config_.traffic_policies.set(key, std::move(policy));
}
void ConfigBuilder::add(const std::string& key, model::NoticeReceiverPtr receiver) {
  config_.notice_receivers.set(key, std::move(receiver));
}
void ConfigBuilder::add(const std::string& key, model::GuardPtr guard) {
  config_.guards.set(key, std::move(guard));
}
void ConfigBuilder::add(const std::string& key, model::TsigKeyPtr tsig_key) {
  config_.tsig_keys.set(key, std::move(tsig_key));
}
void ConfigBuilder::add(const std::string& key, model::ZoneAccessPtr access) {
  config_.zone_access.set(key, std::move(access));
}
void ConfigBuilder::add(const std::string& key, model::SecondaryZonePtr secondary) {
  config_.secondary_zones.set(key, std::move(secondary));
}

void ConfigBuilder::add(const std::string& key, model::ForwardRulePtr rule) {
  config_.forward_rules.set(key, std::move(rule));
}

void ConfigBuilder::add(const std::string& key, model::ViewPtr view) {
  config_.views.set(key, std::move(view));
}

absl::StatusOr<model::Config> ConfigBuilder::take(model::ConfigGeneration generation) {
  flush();
  RETURN_IF_ERROR(expand_instances());
  model::Config config = std::move(config_);
  config.generation = generation;
  for (auto& [id, zone] : zones_) {
    auto shared = std::make_shared<const model::Zone>(std::move(zone));
    config.zones.set(shared->apex, shared);
  }
  zones_.clear();
  return config;
}

absl::Status ConfigBuilder::expand_instances() {
  PolicyExpander expander = expander_of(config_);
  for (const auto& [zone_id, owner] : instances_) {
    model::Zone& zone = zones_.at(zone_id);
    auto records = std::make_shared<model::OwnerRecords>(**zone.owners.find(owner));
    for (model::RecordGroupPtr& group : records->groups) {
      absl::StatusOr<model::RecordGroupPtr> expanded = expander.expand(group);
      if (!expanded.ok()) {
        return absl::DataLossError(
            absl::StrCat(owner.text(), ": ", std::string(expanded.status().message())));
      }
      group = *std::move(expanded);
    }
    zone.owners.set(owner, std::move(records));
  }
  return absl::OkStatus();
}

void ConfigBuilder::flush() {
  if (zone_ != nullptr) zone_->owners.set(owner_, std::move(records_));
  zone_ = nullptr;
}

}  // namespace signpost::control
