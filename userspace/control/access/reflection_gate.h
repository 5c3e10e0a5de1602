// Keeps gRPC's own reflection service, which no guarded service can stand for, to callers with a
// role, and to their quota: each of its calls holds a thread.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include "control/access/call_guard.h"

namespace signpost::control {

// Whom the guard does not admit gets CANCELLED.
class ReflectionGateFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // The guard must outlive the server.
  explicit ReflectionGateFactory(CallGuard& guard) : guard_(guard) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* call) override;

 private:
  CallGuard& guard_;
};

}  // namespace signpost::control
