#include "health/target.h"

#include <string_view>

namespace signpost::health {
namespace {

constexpr std::uint16_t kHttpPort = 80;

std::string address_text(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

std::string path_text(const model::HealthCheck& check) {
  return check.resource_path.starts_with('/') ? check.resource_path : "/" + check.resource_path;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string out;
  for (const char octet : text) {
    const auto value = static_cast<unsigned char>(octet);
    if (value > 0x20 && value != 0x7f) {
      out += octet;
      continue;
    }
    out += '%';
    out += kHexDigits[value >> 4];
    out += kHexDigits[value & 15];
  }
  return out;
}

std::string host_field(const model::HealthCheck& check) {
  if (check.host.empty()) return address_text(check.address);
  const std::string host = percent_encoded(check.host);
  return check.port == kHttpPort ? host : host + ":" + std::to_string(check.port);
}

}  // namespace

std::string endpoint_text(const model::HealthCheck& check) {
  return address_text(check.address) + ":" + std::to_string(check.port);
}

std::string target_text(const model::HealthCheck& check) {
  if (check.kind == model::ProbeKind::kTcp) return "tcp://" + endpoint_text(check);
  return "http://" + endpoint_text(check) + path_text(check);
}

std::string request_text(const model::HealthCheck& check) {
  return "GET " + percent_encoded(path_text(check)) + " HTTP/1.1\r\nHost: " + host_field(check) +
         "\r\nUser-Agent: Signpost-Health-Check (ref " + percent_encoded(check.id) +
         ")\r\nAccept: */*\r\nConnection: close\r\n\r\n";
}

}  // namespace signpost::health
