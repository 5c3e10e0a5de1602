#include "health/detection_time.h"

#include "health/judge.h"

namespace signpost::health {

using std::chrono::milliseconds;

namespace {

struct LongestProbe {
  milliseconds operator()(const model::HttpProbe& probe) const {
    const bool searches = !probe.search_string.empty() || !probe.search_pattern.empty();
    return http(probe.tls.has_value()) + (searches ? limits.http_body : milliseconds(0));
  }
  milliseconds operator()(const model::TcpProbe& probe) const {
    return limits.tcp_connect + (probe.tls ? limits.tls_handshake : milliseconds(0)) +
           (probe.expect.empty() ? milliseconds(0) : limits.tcp_expect);
  }
  milliseconds operator()(const model::DnsProbe&) const { return limits.dns_reply; }
  milliseconds operator()(const model::GrpcProbe&) const { return limits.grpc_call; }
  milliseconds operator()(const model::IcmpProbe&) const { return limits.icmp_reply; }
  milliseconds operator()(const model::CommandProbe& probe) const { return probe.timeout; }
  milliseconds operator()(const model::MetricCheck& check) const {
    return http(check.tls.has_value()) + limits.http_body;
  }
  milliseconds operator()(const model::CalculatedCheck&) const { return milliseconds(0); }
  milliseconds operator()(const model::RecoveryControl&) const { return milliseconds(0); }

  milliseconds http(bool tls) const {
    return limits.http_connect + (tls ? limits.tls_handshake : milliseconds(0)) +
           limits.http_status + limits.http_header;
  }

  const ProbeLimits& limits;
};

}  // namespace

milliseconds longest_probe(const model::HealthCheck& check, const ProbeLimits& limits) {
  return std::visit(LongestProbe{limits}, check.kind);
}

milliseconds detection_time(const model::HealthCheck& check, const ProbeLimits& limits) {
  if (check.disabled || !model::is_probed(check)) return milliseconds(0);
  const milliseconds longest = longest_probe(check, limits);
  const milliseconds interval = check.request_interval;
  const milliseconds between = interval * (longest / interval + 1);  // of probes that run that long
  const Thresholds thresholds = thresholds_of(check);
  milliseconds time = interval + (thresholds.fall - 1) * between + longest;
  if (thresholds.confirmed) time += check.confirm_after + longest;
  return time;
}

}  // namespace signpost::health
