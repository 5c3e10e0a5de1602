// Sees every call of the gRPC server from its beginning to its status, and tells the audit log.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include "control/access/audit_log.h"
#include "control/access/role_rules.h"

namespace signpost::control {

class CallAuditFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // Both must outlive the server.
  CallAuditFactory(const RoleRules& roles, AuditLog& log) : roles_(roles), log_(log) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* call) override;

 private:
  const RoleRules& roles_;
  AuditLog& log_;
};

}  // namespace signpost::control
