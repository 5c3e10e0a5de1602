#include "signpost/check_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace signpost::cli {
namespace {

// "http://192.0.2.1:80"; `probe` has an address or a name.
template <typename Probe>
std::string url_text(const char* scheme, const Probe& probe) {
  const std::string& name =
      probe.ip_address().empty() ? probe.fully_qualified_domain_name() : probe.ip_address();
  const bool ipv6 = name.find(':') != std::string::npos;
  return absl::StrCat(scheme, "://", ipv6 ? absl::StrCat("[", name, "]") : name);
}

template <typename Probe>
std::string url_text(const char* scheme, const Probe& probe, std::uint32_t default_port) {
  return absl::StrCat(url_text(scheme, probe), ":",
                      probe.port() == 0 ? default_port : probe.port());
}

std::string path_text(const std::string& path) { return path.empty() ? "/" : path; }

}  // namespace

std::string target_text(const v1::HealthCheck& check) {
  switch (check.probe_case()) {
    case v1::HealthCheck::kHttp:
      return url_text("http", check.http(), 80) + path_text(check.http().resource_path());
    case v1::HealthCheck::kHttps:
      return url_text("https", check.https(), 443) + path_text(check.https().resource_path());
    case v1::HealthCheck::kTcp:
      return url_text(check.tcp().has_tls() ? "tls" : "tcp", check.tcp(), 0);
    case v1::HealthCheck::kDns:
      return absl::StrCat(url_text("dns", check.dns(), 53), " ", check.dns().query_name(), " ",
                          check.dns().query_type());
    case v1::HealthCheck::kGrpc:
      return absl::StrCat(url_text(check.grpc().has_tls() ? "grpcs" : "grpc", check.grpc(), 0),
                          check.grpc().service().empty() ? "" : "/", check.grpc().service());
    case v1::HealthCheck::kIcmp:
      return url_text("icmp", check.icmp());
    case v1::HealthCheck::kCommand:
      return "command " + absl::StrJoin(check.command().command(), " ");
    case v1::HealthCheck::kCalculated:
      return absl::StrCat(check.calculated().health_threshold(), " of ",
                          absl::StrJoin(check.calculated().child_health_checks(), ", "));
    case v1::HealthCheck::kMetric:
      return absl::StrCat(check.metric().query(), " at ", url_text("http", check.metric(), 9090));
    case v1::HealthCheck::kRecoveryControl:
      return "switch";
    case v1::HealthCheck::PROBE_NOT_SET:
      break;
  }
  return "-";
}

}  // namespace signpost::cli
