// The gRPC service of impact.proto.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "control/controller.h"
#include "model/config.h"
#include "model/locality_map.h"

namespace grpc {
class Service;
}

namespace signpost::control {

// What the service works on; everything must outlive it.
struct ImpactContext {
  Controller* controller = nullptr;
  // Answers given by locality of the running table; empty: not counted.
  std::function<std::vector<std::uint64_t>()> demand;
  // The map of localities that a configuration would have; empty: none can be made.
  std::function<absl::StatusOr<model::LocalityMapPtr>(const model::Config&)> localities_for;
};

std::unique_ptr<grpc::Service> make_impact_service(const ImpactContext& context);

}  // namespace signpost::control
