// Where the daemon is: what --server says.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace signpost::cli {

struct ServerAddress {
  std::string path;  // of the socket; empty: TLS over TCP
  std::string host;  // without brackets
  std::string port;

  bool is_tls() const { return path.empty(); }
  // As gRPC takes it.
  std::string target() const;
};

// Reads unix:///PATH and tls://HOST:PORT; an IPv6 address is in brackets.
absl::StatusOr<ServerAddress> parse_server(const std::string& text);

}  // namespace signpost::cli
