#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/status.h"
#include "control/translate.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {
namespace {

constexpr std::size_t kPathMax = 255;  // route53-semantics 2.1
constexpr std::size_t kHostMax = 255;
constexpr std::uint32_t kIntervalMax = 300;
constexpr std::uint32_t kThresholdMax = 10;
constexpr std::uint32_t kPortMax = 65535;

bool is_forbidden(const in_addr& address) {
  const std::uint32_t host = ntohl(address.s_addr);
  return (host >> 24) == 0 || host == 0xffffffffu || (host >> 28) == 0xe;
}

bool is_forbidden(const in6_addr& address) {
  return IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_MULTICAST(&address) ||
         IN6_IS_ADDR_V4MAPPED(&address);
}

// Checks an address that probes may go to, and gives it in its usual spelling.
absl::StatusOr<std::string> read_address(const std::string& text, const std::string& path) {
  char buffer[INET6_ADDRSTRLEN];
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    if (is_forbidden(v4)) return invalid_argument(path, ": IPv4 address ", text, " is forbidden");
    return std::string(inet_ntop(AF_INET, &v4, buffer, sizeof(buffer)));
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    if (is_forbidden(v6)) return invalid_argument(path, ": IPv6 address ", text, " is forbidden");
    return std::string(inet_ntop(AF_INET6, &v6, buffer, sizeof(buffer)));
  }
  if (text.empty()) return invalid_argument(path, ": is missing; use an IPv4 or IPv6 address");
  return invalid_argument(path, ": \"", text, "\" is not an IPv4 or IPv6 address");
}

// Whether every octet may stand in a request line or header: no control characters, no spaces.
bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

absl::Status read_http(const v1::HttpProbe& in, const std::string& path, model::HealthCheck& out) {
  out.kind = model::ProbeKind::kHttp;
  ASSIGN_OR_RETURN(out.address, read_address(in.ip_address(), absl::StrCat(path, ".ip_address")));
  const std::uint32_t port = in.has_port() ? in.port() : 80;
  if (port == 0 || port > kPortMax) {
    return invalid_argument(path, ".port: ", port, " is not allowed; use 1 to 65535");
  }
  out.port = static_cast<std::uint16_t>(port);
  out.resource_path = in.resource_path();
  if (!out.resource_path.starts_with('/')) out.resource_path.insert(0, 1, '/');
  if (out.resource_path.size() > kPathMax || !is_visible(out.resource_path)) {
    return invalid_argument(path,
                            ".resource_path: is not allowed; use at most 255 visible ASCII "
                            "characters, others as %XX");
  }
  out.host = in.fully_qualified_domain_name();
  if (out.host.size() > kHostMax || !is_visible(out.host)) {
    return invalid_argument(path,
                            ".fully_qualified_domain_name: is not allowed; use a host name of at "
                            "most 255 characters");
  }
  return absl::OkStatus();
}

absl::Status read_tcp(const v1::TcpProbe& in, const std::string& path, model::HealthCheck& out) {
  out.kind = model::ProbeKind::kTcp;
  ASSIGN_OR_RETURN(out.address, read_address(in.ip_address(), absl::StrCat(path, ".ip_address")));
  if (in.port() == 0 || in.port() > kPortMax) {
    return invalid_argument(path, ".port: ", in.port(), " is not allowed; use 1 to 65535");
  }
  out.port = static_cast<std::uint16_t>(in.port());
  return absl::OkStatus();
}

absl::Status read_timing(const v1::HealthCheck& in, const std::string& path,
                         model::HealthCheck& out) {
  const std::uint32_t interval = in.has_request_interval() ? in.request_interval() : 30;
  if (interval == 0 || interval > kIntervalMax) {
    return invalid_argument(path, ".request_interval: ", interval,
                            " is not allowed; use 1 to 300 seconds");
  }
  out.request_interval = std::chrono::seconds(interval);
  const std::uint32_t threshold = in.has_failure_threshold() ? in.failure_threshold() : 3;
  if (threshold == 0 || threshold > kThresholdMax) {
    return invalid_argument(path, ".failure_threshold: ", threshold,
                            " is not allowed; use 1 to 10");
  }
  out.failure_threshold = threshold;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<model::HealthCheckPtr> from_proto(const v1::HealthCheck& in,
                                                 const std::string& path) {
  auto out = std::make_shared<model::HealthCheck>();
  RETURN_IF_ERROR(check_health_check_id(in.id(), absl::StrCat(path, ".id")));
  out->id = in.id();
  switch (in.probe_case()) {
    case v1::HealthCheck::kHttp:
      RETURN_IF_ERROR(read_http(in.http(), absl::StrCat(path, ".http"), *out));
      break;
    case v1::HealthCheck::kTcp:
      RETURN_IF_ERROR(read_tcp(in.tcp(), absl::StrCat(path, ".tcp"), *out));
      break;
    case v1::HealthCheck::PROBE_NOT_SET:
      return invalid_argument(path, ": has no probe; add http or tcp");
  }
  RETURN_IF_ERROR(read_timing(in, path, *out));
  out->inverted = in.inverted();
  out->disabled = in.disabled();
  return out;
}

void to_proto(const model::HealthCheck& check, v1::HealthCheck& out) {
  out.set_id(check.id);
  switch (check.kind) {
    case model::ProbeKind::kHttp: {
      v1::HttpProbe& http = *out.mutable_http();
      http.set_ip_address(check.address);
      http.set_port(check.port);
      http.set_resource_path(check.resource_path);
      http.set_fully_qualified_domain_name(check.host);
      break;
    }
    case model::ProbeKind::kTcp:
      out.mutable_tcp()->set_ip_address(check.address);
      out.mutable_tcp()->set_port(check.port);
      break;
  }
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  out.set_request_interval(
      static_cast<std::uint32_t>(duration_cast<seconds>(check.request_interval).count()));
  out.set_failure_threshold(check.failure_threshold);
  out.set_inverted(check.inverted);
  out.set_disabled(check.disabled);
}

}  // namespace signpost::control
