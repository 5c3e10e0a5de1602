#include "base/status.h"
#include "signpost/commands/read.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

// Adds a part of the state. A zone that was cut at the end of the former part goes on in this one.
// The manager is the daemon's to say, and not part of a file.
void append(const v1::Config& part, v1::Config& state) {
  for (const v1::Zone& zone : part.zones()) {
    const bool continues =
        state.zones_size() > 0 && state.zones(state.zones_size() - 1).name() == zone.name();
    v1::Zone& target =
        continues ? *state.mutable_zones(state.zones_size() - 1) : *state.add_zones();
    target.MergeFrom(zone);
    target.clear_manager();
  }
  state.mutable_health_checks()->MergeFrom(part.health_checks());
  state.mutable_cidr_collections()->MergeFrom(part.cidr_collections());
  state.mutable_place_overrides()->MergeFrom(part.place_overrides());
  state.mutable_regions()->MergeFrom(part.regions());
  state.mutable_traffic_policies()->MergeFrom(part.traffic_policies());
  state.mutable_notice_receivers()->MergeFrom(part.notice_receivers());
  state.mutable_guards()->MergeFrom(part.guards());
  state.mutable_tsig_keys()->MergeFrom(part.tsig_keys());
  state.mutable_zone_access()->MergeFrom(part.zone_access());
  state.mutable_views()->MergeFrom(part.views());
  state.mutable_forward_rules()->MergeFrom(part.forward_rules());
  state.mutable_secondary_zones()->MergeFrom(part.secondary_zones());
}

}  // namespace

absl::StatusOr<int> export_state(Session& session, const std::vector<std::string>& zones,
                                 Format format) {
  v1::ExportRequest request;
  for (const std::string& zone : zones) request.add_zones(zone);
  v1::Config state;
  RETURN_IF_ERROR(session.client.export_config(request, [&](const v1::Config& part) {
    append(part, state);
    return absl::OkStatus();
  }));
  session.print(format, state);
  return kDone;
}

}  // namespace signpost::cli
