// Health checks as the operator writes them. Fields and limits as Route 53's (route53 section 2.1),
// intervals from one second.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/tags.h"

namespace signpost::model {

// Where a probe goes.
struct ProbeTarget {
  std::string address;     // IPv4 or IPv6; empty: `host` is resolved at each probe
  std::string host;        // Host header, server name of TLS; may be empty if there is an address
  std::uint16_t port = 0;  // of ICMP 0
  friend bool operator==(const ProbeTarget&, const ProbeTarget&) = default;
};

struct TlsOptions {
  bool enable_sni = true;
  bool verify_certificate = false;
  std::uint32_t certificate_warning_days = 14;  // 0: no warnings
  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

// Inclusive.
struct StatusCodeRange {
  unsigned first = 200;
  unsigned last = 399;
  friend bool operator==(const StatusCodeRange&, const StatusCodeRange&) = default;
};

struct HttpProbe {
  ProbeTarget target{.address = {}, .host = {}, .port = 80};
  std::string resource_path;  // begins with '/'
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<StatusCodeRange> expected_status_codes;  // empty: 200 to 399
  std::string search_string;                           // in the first 5,120 octets of the body
  std::string search_pattern;                          // RE2, in the first 64 KiB
  std::optional<TlsOptions> tls;                       // HTTPS
  friend bool operator==(const HttpProbe&, const HttpProbe&) = default;
};

struct TcpProbe {
  ProbeTarget target;
  std::optional<TlsOptions> tls;
  std::string send;
  std::string expect;  // empty: connecting is enough
  friend bool operator==(const TcpProbe&, const TcpProbe&) = default;
};

struct DnsProbe {
  ProbeTarget target{.address = {}, .host = {}, .port = 53};
  dns::Name name;
  dns::RRType type = dns::RRType::kA;
  unsigned expected_rcode = 0;
  std::vector<std::string> expected_rdata;  // wire form; each must be in the answer
  friend bool operator==(const DnsProbe&, const DnsProbe&) = default;
};

struct GrpcProbe {
  ProbeTarget target;
  std::string service;
  std::optional<TlsOptions> tls;
  friend bool operator==(const GrpcProbe&, const GrpcProbe&) = default;
};

struct IcmpProbe {
  ProbeTarget target;
  friend bool operator==(const IcmpProbe&, const IcmpProbe&) = default;
};

struct CommandProbe {
  std::vector<std::string> command;  // a file in the daemon's folder of commands, and arguments
  std::chrono::milliseconds timeout{10000};
  friend bool operator==(const CommandProbe&, const CommandProbe&) = default;
};

struct CalculatedCheck {
  std::vector<std::string> children;
  std::uint32_t health_threshold = 0;  // so many of the children must be healthy
  friend bool operator==(const CalculatedCheck&, const CalculatedCheck&) = default;
};

enum class Comparison { kGreater, kGreaterOrEqual, kLess, kLessOrEqual, kEqual, kNotEqual };
enum class InsufficientData { kLastKnownStatus, kHealthy, kUnhealthy };

struct MetricCheck {
  ProbeTarget target{.address = {}, .host = {}, .port = 9090};
  std::string resource_path = "/api/v1/query";
  std::optional<TlsOptions> tls;
  std::string query;  // PromQL
  Comparison comparison = Comparison::kGreater;
  double threshold = 0;
  InsufficientData insufficient_data = InsufficientData::kLastKnownStatus;
  friend bool operator==(const MetricCheck&, const MetricCheck&) = default;
};

// A switch. On: healthy.
struct RecoveryControl {
  friend bool operator==(const RecoveryControl&, const RecoveryControl&) = default;
};

using CheckKind = std::variant<HttpProbe, TcpProbe, DnsProbe, GrpcProbe, IcmpProbe, CommandProbe,
                               MetricCheck, CalculatedCheck, RecoveryControl>;

struct HealthCheck {
  std::string id;
  CheckKind kind;
  std::chrono::milliseconds request_interval{30000};
  std::uint32_t failure_threshold = 3;  // consecutive results that flip the status, either way
  std::optional<std::uint32_t> rise;    // in its place, to become healthy
  std::optional<std::uint32_t> fall;    // in its place, to become unhealthy
  std::chrono::milliseconds confirm_after{0};  // 0: a flip needs no confirmation
  bool inverted = false;
  bool disabled = false;
  Tags tags;
  friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};
using HealthCheckPtr = std::shared_ptr<const HealthCheck>;

// Calculated checks and switches are not.
inline bool is_probed(const HealthCheck& check) {
  return !std::holds_alternative<CalculatedCheck>(check.kind) &&
         !std::holds_alternative<RecoveryControl>(check.kind);
}

// How a kind is called in configuration files, metrics and messages: "http", "https", "tcp", …
const char* kind_name(const CheckKind& kind);

// "http://192.0.2.1:8080/health", "tcp://[2001:db8::1]:53", "2 of web-1, web-2, web-3".
std::string target_text(const CheckKind& kind);

// "192.0.2.1:80", "[2001:db8::1]:80", "api.example.com:443"; without a port if that is 0.
std::string endpoint_text(const ProbeTarget& target);

}  // namespace signpost::model
