// The gRPC service of schedule.proto.
#pragma once

#include <memory>

#include "control/controller.h"
#include "control/scheduler.h"

namespace grpc {
class Service;
}

namespace signpost::control {

// Both must outlive the service.
std::unique_ptr<grpc::Service> make_schedule_service(Controller& controller, Scheduler& scheduler);

}  // namespace signpost::control
