// The gRPC server of the control services, on a unix socket and a TCP port: the services,
// reflection and the standard health service, and what clients may take of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/metrics.h"
#include "control/access/call_quota.h"
#include "control/access/connection_listener.h"
#include "control/access/role_rules.h"
#include "control/access/stream_pacer.h"
#include "control/access/tls_port.h"

namespace grpc {
class Channel;
class Service;
}  // namespace grpc

namespace signpost::control {

struct GrpcServerOptions {
  // Mode 0660, made anew unless another process listens there; empty: none.
  std::string socket;
  std::string socket_group{};  // whose members may connect; empty: the daemon's
  TlsPortOptions tls{};
  RoleOptions roles{};
  std::string audit_log{};  // a file; empty: the daemon's log
  QuotaLimits quota{};
  ConnectionLimits connections{};  // of the socket and of the port, each
  StreamLimits streams{};          // of the socket
};

class GrpcServer {
 public:
  // Services must outlive the server. UNAVAILABLE or INVALID_ARGUMENT with one sentence.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> start(
      const GrpcServerOptions& options, const std::vector<grpc::Service*>& services);
  ~GrpcServer();

  // Its calls are an admin's.
  std::shared_ptr<grpc::Channel> in_process_channel();

  void collect(std::vector<metrics::Family>& families) const;

  // Ends calls under way after a moment, and removes the socket.
  void stop();

 private:
  class Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::control
