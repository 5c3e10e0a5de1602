// Shakes hands with the daemon's TLS port once and hangs up: OpenSSL tells what is wrong, gRPC only
// that something is.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "signpost/server_address.h"

namespace signpost::cli {

// PEM files.
struct TlsFiles {
  std::string authority;  // that signed the server's certificate
  std::string certificate;
  std::string key;
};

// INVALID_ARGUMENT that names the option, for files that are of no use; UNAVAILABLE if the port is
// not reached; UNAUTHENTICATED if one of the two does not accept the other.
absl::Status check_tls(const ServerAddress& server, const TlsFiles& files);

}  // namespace signpost::cli
