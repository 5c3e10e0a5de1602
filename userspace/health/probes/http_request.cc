#include "health/probes/http_request.h"

#include <algorithm>
#include <array>

namespace signpost::health {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

using Headers = std::vector<std::pair<std::string, std::string>>;

// Encodes the octets of which `stays` is false.
template <typename Stays>
std::string percent_encoded(std::string_view text, Stays stays) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string out;
  for (const char octet : text) {
    const auto value = static_cast<unsigned char>(octet);
    if (stays(value)) {
      out += octet;
      continue;
    }
    out += '%';
    out += kHexDigits[value >> 4];
    out += kHexDigits[value & 15];
  }
  return out;
}

bool is_visible(unsigned char value) { return value > 0x20 && value != 0x7f; }

bool is_unreserved(unsigned char value) {
  return (value >= 'A' && value <= 'Z') || (value >= 'a' && value <= 'z') ||
         (value >= '0' && value <= '9') || value == '-' || value == '.' || value == '_' ||
         value == '~';
}

std::string without_controls(std::string_view text) {
  std::string out;
  for (const char octet : text) {
    const auto value = static_cast<unsigned char>(octet);
    if (value >= 0x20 && value != 0x7f) out += octet;
  }
  return out;
}

std::string host_field(const model::ProbeTarget& target, bool tls) {
  if (target.host.empty()) {
    model::ProbeTarget bare = target;
    bare.port = 0;
    return model::endpoint_text(bare);
  }
  const std::string host = percent_encoded(target.host, is_visible);
  const bool default_port = target.port == (tls ? kHttpsPort : kHttpPort);
  return default_port ? host : host + ":" + std::to_string(target.port);
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : +c; };
    return lower(x) == lower(y);
  });
}

void add_header(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

std::string with_headers(std::string text, const Headers& own, const Headers& configured,
                         bool keep) {
  for (const auto& header : own) {
    const bool replaced = std::any_of(configured.begin(), configured.end(), [&](const auto& other) {
      return same_name(other.first, header.first);
    });
    if (!replaced) add_header(text, header.first, header.second);
  }
  for (const auto& [name, value] : configured)
    add_header(text, without_controls(name), without_controls(value));
  add_header(text, "Connection", keep ? "keep-alive" : "close");
  return text + "\r\n";
}

std::string user_agent(std::string_view check_id) {
  return "Signpost-Health-Check (ref " + percent_encoded(check_id, is_visible) + ")";
}

std::string absolute(const std::string& path) { return path.starts_with('/') ? path : "/" + path; }

}  // namespace

std::string request_text(const model::HttpProbe& probe, std::string_view check_id, bool keep) {
  const std::string path = percent_encoded(absolute(probe.resource_path), is_visible);
  Headers own{{"Host", host_field(probe.target, probe.tls.has_value())},
              {"User-Agent", user_agent(check_id)},
              {"Accept", "*/*"}};
  if (probe.method == "POST") own.emplace_back("Content-Length", "0");
  return with_headers(probe.method + " " + path + " HTTP/1.1\r\n", own, probe.headers, keep);
}

std::string request_text(const model::MetricCheck& check, std::string_view check_id, bool keep) {
  const std::string path = percent_encoded(absolute(check.resource_path), is_visible);
  const std::string query = percent_encoded(check.query, is_unreserved);
  return with_headers("GET " + path + "?query=" + query + " HTTP/1.1\r\n",
                      {{"Host", host_field(check.target, check.tls.has_value())},
                       {"User-Agent", user_agent(check_id)},
                       {"Accept", "application/json"}},
                      {}, keep);
}

}  // namespace signpost::health
