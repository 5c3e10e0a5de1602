// A gRPC service whose every call passes the guard first.
#pragma once

#include <google/protobuf/descriptor.h>
#include <grpcpp/impl/service_type.h>

#include <memory>

#include "absl/status/statusor.h"
#include "control/access/call_guard.h"

namespace signpost::control {

// The definition that a service implements; null for none of ours.
const google::protobuf::ServiceDescriptor* definition_of(const grpc::Service& service);

// Stands for `service` at the server: gRPC's own hooks (interceptors) can't refuse a call of a
// synchronous service, and AuthMetadataProcessor is not for connections given as a descriptor. Both
// arguments must outlive it. INTERNAL for a method without a rule.
absl::StatusOr<std::unique_ptr<grpc::Service>> guarded(grpc::Service& service, CallGuard& guard);

}  // namespace signpost::control
