// What a stream of configuration messages asks the state to be.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/config.h"

namespace signpost::v1 {
class Config;
}

namespace signpost::control {

using GroupKey = std::pair<dns::Name, dns::RRType>;  // the owner is folded

// What a stream of configuration asks for one zone to be.
struct DesiredZone {
  dns::Name apex;  // folded
  std::string comment;
  absl::flat_hash_map<GroupKey, std::shared_ptr<model::RecordGroup>> groups;
};

struct DesiredState {
  std::vector<DesiredZone> zones;                    // in the order of first mention
  std::vector<model::HealthCheckPtr> health_checks;  // likewise
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
