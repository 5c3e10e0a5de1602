#include "control/translate_probes.h"

#include <algorithm>
#include <cmath>

#include "base/status.h"
#include "control/translate.h"
#include "control/translate_http.h"
#include "control/translate_target.h"
#include "dns/rcode.h"
#include "dns/rdata.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {
namespace {

constexpr std::size_t kExpectMax = 255;
constexpr std::size_t kServiceMax = 255;
constexpr std::size_t kQueryMax = 2000;
constexpr std::size_t kChildrenMax = 255;  // route53-semantics 2.1
constexpr std::uint32_t kHealthThresholdMax = 256;
constexpr std::size_t kArgumentsMax = 64;
constexpr std::size_t kArgumentMax = 1024;
constexpr std::uint32_t kTimeoutMax = 60;

absl::StatusOr<model::CheckKind> read(const v1::TcpProbe& in, const std::string& path) {
  model::TcpProbe out;
  ASSIGN_OR_RETURN(out.target, target_of(in, in.port(), path));
  ASSIGN_OR_RETURN(out.tls, tls_of(in, path));
  out.send = in.send();
  out.expect = in.expect();
  if (out.send.size() > kExpectMax || out.expect.size() > kExpectMax) {
    return invalid_argument(path, out.send.size() > kExpectMax ? ".send" : ".expect",
                            ": is too long; use at most 255 octets");
  }
  if (!out.send.empty() && out.expect.empty()) {
    return invalid_argument(path, ".expect: is missing; without it nothing is read after send");
  }
  return out;
}

absl::StatusOr<model::CheckKind> read(const v1::DnsProbe& in, const std::string& path) {
  model::DnsProbe out;
  ASSIGN_OR_RETURN(out.target, target_of(in, in.has_port() ? in.port() : 53, path));
  const absl::StatusOr<dns::Name> name = dns::Name::parse(in.query_name());
  if (in.query_name().empty() || !name.ok()) {
    return invalid_argument(path, ".query_name: \"", in.query_name(), "\" is not a domain name");
  }
  out.name = name->folded();
  const auto type = dns::parse_rr_type(in.query_type().empty() ? "A" : in.query_type());
  if (!type) {
    return invalid_argument(path, ".query_type: \"", in.query_type(), "\" is not a record type");
  }
  out.type = *type;
  const auto rcode =
      dns::parse_rcode(in.expected_rcode().empty() ? "NOERROR" : in.expected_rcode());
  if (!rcode) {
    return invalid_argument(path, ".expected_rcode: \"", in.expected_rcode(),
                            "\" is not a response code; use for example NXDOMAIN");
  }
  out.expected_rcode = *rcode;
  for (int i = 0; i < in.expected_records_size(); ++i) {
    absl::StatusOr<std::string> rdata =
        dns::parse_rdata(out.type, in.expected_records(i), dns::Name());
    if (!rdata.ok())
      return annotate(rdata.status(), absl::StrCat(path, ".expected_records[", i, "]"));
    dns::fold_names_in_rdata(out.type, *rdata);
    out.expected_rdata.push_back(*std::move(rdata));
  }
  return out;
}

absl::StatusOr<model::CheckKind> read(const v1::GrpcProbe& in, const std::string& path) {
  model::GrpcProbe out;
  ASSIGN_OR_RETURN(out.target, target_of(in, in.port(), path));
  ASSIGN_OR_RETURN(out.tls, tls_of(in, path));
  out.service = in.service();
  if (out.service.size() > kServiceMax) {
    return invalid_argument(path, ".service: is too long; use at most 255 octets");
  }
  return out;
}

absl::StatusOr<model::CheckKind> read(const v1::IcmpProbe& in, const std::string& path) {
  model::IcmpProbe out;
  ASSIGN_OR_RETURN(out.target,
                   read_target(in.ip_address(), in.fully_qualified_domain_name(), 0, path));
  return out;
}

absl::StatusOr<model::CheckKind> read(const v1::CommandProbe& in, const std::string& path) {
  return command_from_proto(in, path);
}

absl::StatusOr<model::CheckKind> read(const v1::CalculatedCheck& in, const std::string& path) {
  model::CalculatedCheck out;
  out.children.assign(in.child_health_checks().begin(), in.child_health_checks().end());
  if (out.children.size() > kChildrenMax) {
    return invalid_argument(path, ".child_health_checks: has ", out.children.size(),
                            "; use at most 255");
  }
  for (std::size_t i = 0; i < out.children.size(); ++i) {
    const std::string child = absl::StrCat(path, ".child_health_checks[", i, "]");
    RETURN_IF_ERROR(check_health_check_id(out.children[i], child));
    const auto end = out.children.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(out.children.begin(), end, out.children[i]) != end) {
      return invalid_argument(child, ": ", out.children[i], " is there twice");
    }
  }
  out.health_threshold = in.health_threshold();
  if (out.health_threshold > kHealthThresholdMax) {
    return invalid_argument(path, ".health_threshold: ", out.health_threshold,
                            " is not allowed; use 0 to 256");
  }
  return out;
}

absl::StatusOr<model::Comparison> read_comparison(v1::MetricCheck::Comparison comparison,
                                                  const std::string& path) {
  switch (comparison) {
    case v1::MetricCheck::GREATER_THAN:
      return model::Comparison::kGreater;
    case v1::MetricCheck::GREATER_THAN_OR_EQUAL:
      return model::Comparison::kGreaterOrEqual;
    case v1::MetricCheck::LESS_THAN:
      return model::Comparison::kLess;
    case v1::MetricCheck::LESS_THAN_OR_EQUAL:
      return model::Comparison::kLessOrEqual;
    case v1::MetricCheck::EQUAL:
      return model::Comparison::kEqual;
    case v1::MetricCheck::NOT_EQUAL:
      return model::Comparison::kNotEqual;
    default:
      return invalid_argument(path, ".comparison: is missing; use for example less_than");
  }
}

v1::MetricCheck::Comparison to_proto(model::Comparison comparison) {
  // Both count from the first comparison, the schema from 1.
  return static_cast<v1::MetricCheck::Comparison>(static_cast<int>(comparison) + 1);
}

v1::MetricCheck::InsufficientData to_proto(model::InsufficientData insufficient) {
  switch (insufficient) {
    case model::InsufficientData::kHealthy:
      return v1::MetricCheck::HEALTHY_STATUS;
    case model::InsufficientData::kUnhealthy:
      return v1::MetricCheck::UNHEALTHY_STATUS;
    case model::InsufficientData::kLastKnownStatus:
      break;
  }
  return v1::MetricCheck::LAST_KNOWN_STATUS;
}

absl::StatusOr<model::CheckKind> read(const v1::MetricCheck& in, const std::string& path) {
  model::MetricCheck out;
  ASSIGN_OR_RETURN(out.target, target_of(in, in.has_port() ? in.port() : 9090, path));
  ASSIGN_OR_RETURN(out.tls, tls_of(in, path));
  if (!in.resource_path().empty()) {
    ASSIGN_OR_RETURN(out.resource_path, read_resource_path(in.resource_path(), path));
  }
  out.query = in.query();
  if (out.query.empty() || out.query.size() > kQueryMax) {
    return invalid_argument(path, ".query: ", out.query.empty() ? "is missing" : "is too long",
                            "; use PromQL of at most 2000 octets");
  }
  ASSIGN_OR_RETURN(out.comparison, read_comparison(in.comparison(), path));
  out.threshold = in.threshold();
  if (!std::isfinite(out.threshold)) {
    return invalid_argument(path, ".threshold: is not a finite number");
  }
  if (in.insufficient_data_health_status() == v1::MetricCheck::HEALTHY_STATUS)
    out.insufficient_data = model::InsufficientData::kHealthy;
  if (in.insufficient_data_health_status() == v1::MetricCheck::UNHEALTHY_STATUS)
    out.insufficient_data = model::InsufficientData::kUnhealthy;
  return out;
}

struct KindWriter {
  void operator()(const model::HttpProbe& probe) {
    http_to_proto(probe, probe.tls ? *out.mutable_https() : *out.mutable_http());
  }
  void operator()(const model::TcpProbe& probe) {
    v1::TcpProbe& tcp = *out.mutable_tcp();
    write_target(probe.target, tcp);
    if (probe.tls) write_tls(*probe.tls, *tcp.mutable_tls());
    tcp.set_send(probe.send);
    tcp.set_expect(probe.expect);
  }
  void operator()(const model::DnsProbe& probe) {
    v1::DnsProbe& query = *out.mutable_dns();
    write_target(probe.target, query);
    query.set_query_name(probe.name.text());
    query.set_query_type(dns::to_text(probe.type));
    query.set_expected_rcode(dns::rcode_text(probe.expected_rcode));
    for (const std::string& rdata : probe.expected_rdata)
      query.add_expected_records(dns::format_rdata(probe.type, rdata));
  }
  void operator()(const model::GrpcProbe& probe) {
    v1::GrpcProbe& grpc = *out.mutable_grpc();
    write_target(probe.target, grpc);
    grpc.set_service(probe.service);
    if (probe.tls) write_tls(*probe.tls, *grpc.mutable_tls());
  }
  void operator()(const model::IcmpProbe& probe) {
    write_target(probe.target, *out.mutable_icmp());
  }
  void operator()(const model::CommandProbe& probe) {
    command_to_proto(probe, *out.mutable_command());
  }
  void operator()(const model::CalculatedCheck& check) {
    v1::CalculatedCheck& calculated = *out.mutable_calculated();
    for (const std::string& child : check.children) calculated.add_child_health_checks(child);
    calculated.set_health_threshold(check.health_threshold);
  }
  void operator()(const model::MetricCheck& check) {
    v1::MetricCheck& metric = *out.mutable_metric();
    write_target(check.target, metric);
    metric.set_resource_path(check.resource_path);
    if (check.tls) write_tls(*check.tls, *metric.mutable_tls());
    metric.set_query(check.query);
    metric.set_comparison(to_proto(check.comparison));
    metric.set_threshold(check.threshold);
    metric.set_insufficient_data_health_status(to_proto(check.insufficient_data));
  }
  void operator()(const model::RecoveryControl&) { out.mutable_recovery_control(); }

  v1::HealthCheck& out;
};

}  // namespace

absl::StatusOr<model::CommandProbe> command_from_proto(const v1::CommandProbe& in,
                                                       const std::string& path) {
  model::CommandProbe out;
  out.command.assign(in.command().begin(), in.command().end());
  if (out.command.empty() || out.command.front().empty()) {
    return invalid_argument(path, ".command: is missing; give the name of a program");
  }
  const std::string& program = out.command.front();
  if (program.find('/') != std::string::npos || program.starts_with('.')) {
    return invalid_argument(path, ".command[0]: \"", program,
                            "\" is not allowed; use the name of a file in the folder of signpostd "
                            "--health-commands");
  }
  const bool fits =
      out.command.size() <= kArgumentsMax &&
      std::all_of(out.command.begin(), out.command.end(), [](const std::string& text) {
        return text.size() <= kArgumentMax && text.find('\0') == std::string::npos;
      });
  if (!fits) {
    return invalid_argument(path, ".command: is too long; use at most 64 arguments of 1024 octets");
  }
  const std::uint32_t timeout = in.has_timeout_seconds() ? in.timeout_seconds() : 10;
  if (timeout == 0 || timeout > kTimeoutMax) {
    return invalid_argument(path, ".timeout_seconds: ", timeout, " is not allowed; use 1 to 60");
  }
  out.timeout = std::chrono::seconds(timeout);
  return out;
}

void command_to_proto(const model::CommandProbe& command, v1::CommandProbe& out) {
  for (const std::string& part : command.command) out.add_command(part);
  const auto timeout = std::chrono::duration_cast<std::chrono::seconds>(command.timeout);
  out.set_timeout_seconds(static_cast<std::uint32_t>(timeout.count()));
}

absl::StatusOr<model::CheckKind> kind_from_proto(const v1::HealthCheck& in,
                                                 const std::string& path) {
  switch (in.probe_case()) {
    case v1::HealthCheck::kHttp:
      return http_from_proto(in.http(), false, absl::StrCat(path, ".http"));
    case v1::HealthCheck::kHttps:
      return http_from_proto(in.https(), true, absl::StrCat(path, ".https"));
    case v1::HealthCheck::kTcp:
      return read(in.tcp(), absl::StrCat(path, ".tcp"));
    case v1::HealthCheck::kDns:
      return read(in.dns(), absl::StrCat(path, ".dns"));
    case v1::HealthCheck::kGrpc:
      return read(in.grpc(), absl::StrCat(path, ".grpc"));
    case v1::HealthCheck::kIcmp:
      return read(in.icmp(), absl::StrCat(path, ".icmp"));
    case v1::HealthCheck::kCommand:
      return read(in.command(), absl::StrCat(path, ".command"));
    case v1::HealthCheck::kCalculated:
      return read(in.calculated(), absl::StrCat(path, ".calculated"));
    case v1::HealthCheck::kMetric:
      return read(in.metric(), absl::StrCat(path, ".metric"));
    case v1::HealthCheck::kRecoveryControl:
      return model::RecoveryControl{};
    case v1::HealthCheck::PROBE_NOT_SET:
      break;
  }
  return invalid_argument(path,
                          ": has no probe; add http, https, tcp, dns, grpc, icmp, command, "
                          "calculated, metric or recovery_control");
}

void kind_to_proto(const model::CheckKind& kind, v1::HealthCheck& out) {
  std::visit(KindWriter{out}, kind);
}

}  // namespace signpost::control
