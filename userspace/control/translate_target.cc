#include "control/translate_target.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/status.h"
#include "dns/name.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {
namespace {

constexpr std::size_t kPathMax = 255;  // route53-semantics 2.1
constexpr std::size_t kHostMax = 255;
constexpr std::uint32_t kPortMax = 65535;
constexpr std::uint32_t kWarningDaysMax = 365;

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
  return invalid_argument(path, ": \"", text, "\" is not an IPv4 or IPv6 address");
}

}  // namespace

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

absl::StatusOr<std::uint16_t> read_port(std::uint32_t port, const std::string& path) {
  if (port == 0 || port > kPortMax) {
    return invalid_argument(path, ".port: ", port, " is not allowed; use 1 to 65535");
  }
  return static_cast<std::uint16_t>(port);
}

absl::StatusOr<model::ProbeTarget> read_target(const std::string& address, const std::string& host,
                                               std::uint16_t port, const std::string& path) {
  model::ProbeTarget target{.address = {}, .host = host, .port = port};
  if (address.empty() && host.empty()) {
    return invalid_argument(path,
                            ": IP address and fully qualified domain name can not be both empty");
  }
  if (!address.empty()) {
    ASSIGN_OR_RETURN(target.address, read_address(address, absl::StrCat(path, ".ip_address")));
  }
  if (host.size() > kHostMax || !is_visible(host)) {
    return invalid_argument(path,
                            ".fully_qualified_domain_name: is not allowed; use a host name of at "
                            "most 255 characters");
  }
  if (address.empty() && !dns::Name::parse(host).ok()) {
    return invalid_argument(path, ".fully_qualified_domain_name: \"", host,
                            "\" is not a domain name; it has to be resolved, because there is no "
                            "ip_address");
  }
  return target;
}

absl::StatusOr<std::string> read_resource_path(const std::string& text, const std::string& path) {
  const std::string absolute = text.starts_with('/') ? text : "/" + text;
  if (absolute.size() > kPathMax || !is_visible(absolute)) {
    return invalid_argument(path,
                            ".resource_path: is not allowed; use at most 255 visible ASCII "
                            "characters, others as %XX");
  }
  return absolute;
}

absl::StatusOr<model::TlsOptions> read_tls(const v1::TlsOptions& in, const std::string& path) {
  model::TlsOptions tls;
  if (in.has_enable_sni()) tls.enable_sni = in.enable_sni();
  tls.verify_certificate = in.verify_certificate();
  if (in.has_certificate_warning_days())
    tls.certificate_warning_days = in.certificate_warning_days();
  if (tls.certificate_warning_days > kWarningDaysMax) {
    return invalid_argument(path, ".tls.certificate_warning_days: ", tls.certificate_warning_days,
                            " is not allowed; use 0 to 365");
  }
  return tls;
}

void write_tls(const model::TlsOptions& tls, v1::TlsOptions& out) {
  out.set_enable_sni(tls.enable_sni);
  out.set_verify_certificate(tls.verify_certificate);
  out.set_certificate_warning_days(tls.certificate_warning_days);
}

}  // namespace signpost::control
