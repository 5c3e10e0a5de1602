// The kinds of health checks between the schema and the model.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "model/health_check.h"

namespace signpost::v1 {
class HealthCheck;
}

namespace signpost::control {

// What the check does. `path` begins the messages of errors, which are Route 53's where it has one
// (route53-semantics 2.5).
absl::StatusOr<model::CheckKind> kind_from_proto(const v1::HealthCheck& in,
                                                 const std::string& path);

void kind_to_proto(const model::CheckKind& kind, v1::HealthCheck& out);

}  // namespace signpost::control
