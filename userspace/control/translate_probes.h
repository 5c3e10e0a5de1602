// The kinds of health checks between the schema and the model.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "model/health_check.h"

namespace signpost::v1 {
class CommandProbe;
class HealthCheck;
}  // namespace signpost::v1

namespace signpost::control {

// What the check does. `path` begins the messages of errors, which are Route 53's where it has one
// (route53-semantics 2.5).
absl::StatusOr<model::CheckKind> kind_from_proto(const v1::HealthCheck& in,
                                                 const std::string& path);

// A program in the daemon's folder of commands, of a check or of a receiver of notices.
absl::StatusOr<model::CommandProbe> command_from_proto(const v1::CommandProbe& in,
                                                       const std::string& path);
void command_to_proto(const model::CommandProbe& command, v1::CommandProbe& out);

void kind_to_proto(const model::CheckKind& kind, v1::HealthCheck& out);

}  // namespace signpost::control
