// The listening unix socket of the control services.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/status/status.h"

namespace signpost::control {

// Accepts connections on a thread of its own and hands them on. gRPC's own listener would name none
// of its peers.
class ControlSocket {
 public:
  // Takes over the descriptor, which does not block.
  using OnConnection = std::function<void(int descriptor)>;

  ~ControlSocket() { stop(); }

  // Makes the socket, mode 0660. UNAVAILABLE with one sentence if it can't be had.
  absl::Status start(const std::string& path, OnConnection on_connection);

  // Removes the socket; no connection is handed on once it returns.
  void stop();

 private:
  absl::Status listen_at(const std::string& path);
  void accept_until_stopped();

  std::string path_;
  OnConnection on_connection_;
  int listener_ = -1;
  int wake_ = -1;  // an eventfd: stop
  std::thread thread_;
};

}  // namespace signpost::control
