// The listening unix socket of the control services.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace signpost::control {

// A listening socket at a path, mode 0660. gRPC's own listener would name none of its peers.
class ControlSocket {
 public:
  ~ControlSocket() { remove(); }

  // Makes it, anew unless another process listens there, and gives its descriptor. `group`: whose
  // members may connect; "": the daemon's. UNAVAILABLE or INVALID_ARGUMENT with one sentence.
  absl::StatusOr<int> listen(const std::string& path, const std::string& group);

  // Removes the path.
  void remove();

 private:
  std::string path_;
};

}  // namespace signpost::control
