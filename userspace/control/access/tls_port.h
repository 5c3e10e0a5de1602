// The TCP port of the control services: mutual TLS and nothing else.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signpost::control {

struct TlsPortOptions {
  std::string address;  // empty: there is no such port
  std::uint16_t port = 0;
  std::string certificate;  // PEM files: the server's, with those between it and its authority
  std::string key;
  std::string client_authority;     // who signs the certificates of clients
  std::chrono::seconds reload{10};  // how often the files are looked at
};

// INVALID_ARGUMENT that names the flag and the file, unless they are there, can be read, fit
// together and are valid today.
absl::Status check_files(const TlsPortOptions& options);

// TLS 1.2 or 1.3. Clients have to show a certificate that the authority signed; files that change
// count for connections from then on.
std::shared_ptr<grpc::ServerCredentials> server_credentials(const TlsPortOptions& options);

// A listening TCP socket that does not block. UNAVAILABLE with one sentence.
absl::StatusOr<int> listen_at(const TlsPortOptions& options);

// When the first certificate of a PEM file expires.
absl::StatusOr<std::chrono::system_clock::time_point> expiry_of(const std::string& file);

// The address at the other end, without its port.
std::string address_at(int descriptor);

}  // namespace signpost::control
