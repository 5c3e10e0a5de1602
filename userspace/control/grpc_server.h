// The gRPC server on the control socket: the services, reflection and the standard health service.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace grpc {
class Channel;
class Service;
}  // namespace grpc

namespace signpost::control {

class GrpcServer {
 public:
  // Serves on the unix socket `path` (mode 0660), which is made anew unless another process listens
  // there; "": no socket, only in_process_channel(). Services must outlive the server. UNAVAILABLE
  // with one sentence.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> start(
      const std::string& path, const std::vector<grpc::Service*>& services);
  ~GrpcServer();

  std::shared_ptr<grpc::Channel> in_process_channel();

  // Ends calls under way after a moment, and removes the socket.
  void stop();

 private:
  class Impl;
  explicit GrpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::control
