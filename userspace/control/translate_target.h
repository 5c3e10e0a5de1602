// Where a probe goes, and its TLS options, between the schema and the model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "model/health_check.h"

namespace signpost::v1 {
class TlsOptions;
}

namespace signpost::control {

// Whether every octet may stand in a request line: no control characters, no spaces.
bool is_visible(std::string_view text);

absl::StatusOr<std::uint16_t> read_port(std::uint32_t port, const std::string& path);

// An address, in its usual spelling, or a host, or both. Private addresses are allowed, unlike in
// Route 53.
absl::StatusOr<model::ProbeTarget> read_target(const std::string& address, const std::string& host,
                                               std::uint16_t port, const std::string& path);

// A path of an HTTP request; a missing '/' at its beginning is added.
absl::StatusOr<std::string> read_resource_path(const std::string& text, const std::string& path);

absl::StatusOr<model::TlsOptions> read_tls(const v1::TlsOptions& in, const std::string& path);
void write_tls(const model::TlsOptions& tls, v1::TlsOptions& out);

// The fields that all probes of a target have. `probe` is a message with ip_address and
// fully_qualified_domain_name.
template <typename Probe>
absl::StatusOr<model::ProbeTarget> target_of(const Probe& probe, std::uint32_t port,
                                             const std::string& path) {
  absl::StatusOr<std::uint16_t> checked = read_port(port, path);
  if (!checked.ok()) return checked.status();
  return read_target(probe.ip_address(), probe.fully_qualified_domain_name(), *checked, path);
}

template <typename Probe>
void write_target(const model::ProbeTarget& target, Probe& out) {
  out.set_ip_address(target.address);
  out.set_fully_qualified_domain_name(target.host);
  if constexpr (requires { out.set_port(target.port); }) out.set_port(target.port);
}

// TLS options where the probe has any.
template <typename Probe>
absl::StatusOr<std::optional<model::TlsOptions>> tls_of(const Probe& probe,
                                                        const std::string& path) {
  if (!probe.has_tls()) return std::optional<model::TlsOptions>();
  absl::StatusOr<model::TlsOptions> tls = read_tls(probe.tls(), path);
  if (!tls.ok()) return tls.status();
  return std::optional(*std::move(tls));
}

}  // namespace signpost::control
