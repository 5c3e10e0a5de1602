// Builds a configuration from stored rows.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/config.h"

namespace signpost::control {

// Groups of one owner name must come one after the other, in ascending order of type.
class ConfigBuilder {
 public:
  void add_zone(model::Zone zone) { zones_[zone.id] = std::move(zone); }

  // DATA_LOSS if there is no zone of this id.
  absl::Status add_group(model::ZoneId zone_id, const dns::Name& owner,
                         model::RecordGroupPtr group);

  void add(const std::string& key, model::HealthCheckPtr check);
  void add(const std::string& key, model::CidrCollectionPtr collection);
  void add(const std::string& key, model::PlaceOverridePtr place);
  void add(const std::string& key, const std::shared_ptr<const model::Coordinates>& region);
  void add(const std::string& key, model::TrafficPolicyPtr policy);
  void add(const std::string& key, model::NoticeReceiverPtr receiver);
  void add(const std::string& key, model::GuardPtr guard);
  void add(const std::string& key, model::TsigKeyPtr tsig_key);
  void add(const std::string& key, model::ZoneAccessPtr access);
  void add(const std::string& key, model::ViewPtr view);
  void add(const std::string& key, model::ForwardRulePtr rule);
  void add(const std::string& key, model::SecondaryZonePtr secondary);

  // DATA_LOSS if a traffic policy is missing or can't be read.
  absl::StatusOr<model::Config> take(model::ConfigGeneration generation);

 private:
  void flush();
  absl::Status expand_instances();

  std::map<model::ZoneId, model::Zone> zones_;
  model::Config config_;                                        // but for its zones
  std::vector<std::pair<model::ZoneId, dns::Name>> instances_;  // owners with traffic policies
  // The owner name whose groups are being collected.
  model::Zone* zone_ = nullptr;
  dns::Name owner_;
  std::shared_ptr<model::OwnerRecords> records_;
};

}  // namespace signpost::control
