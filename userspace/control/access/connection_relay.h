// Stands between the clients of the unix socket and the gRPC server, which queues streams that are
// opened and reset at once (CVE-2023-44487) without a limit: lets streams through no faster than
// StreamPacer says.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "control/access/stream_pacer.h"

namespace signpost::control {

class ConnectionRelay {
 public:
  // Carries on a thread of its own.
  explicit ConnectionRelay(StreamLimits limits);
  // Ends all connections.
  ~ConnectionRelay();

  // Takes over `client`, a connection that does not block, of `owner`, whose streams all count
  // together. Gives the descriptor that the server is to have in its place. Either ends when the
  // other does. UNAVAILABLE with one sentence, and `client` is closed. From any thread.
  absl::StatusOr<int> carry(int client, std::string owner);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::control
