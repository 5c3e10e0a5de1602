#include "signpost/convert/route53_health_checks.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace signpost::cli::convert {
namespace {

constexpr char kList[] = "health_checks";
constexpr std::int64_t kPortMax = 65535;
constexpr std::int64_t kThresholdMax = 256;

absl::Status set_target(const Node& config, const auto& probe) {
  if (const Node* address = config.find("IPAddress")) {
    ASSIGN_OR_RETURN(const std::string text, address->string());
    probe->set_ip_address(text);
  }
  if (const Node* host = config.find("FullyQualifiedDomainName")) {
    ASSIGN_OR_RETURN(const std::string text, host->string());
    probe->set_fully_qualified_domain_name(text);
  }
  if (const Node* port = config.find("Port")) {
    ASSIGN_OR_RETURN(const std::int64_t number, port->integer(1, kPortMax));
    probe->set_port(static_cast<std::uint32_t>(number));
  }
  return absl::OkStatus();
}

absl::Status set_http(const Node& config, bool https, v1::HealthCheck& check) {
  v1::HttpProbe* probe = https ? check.mutable_https() : check.mutable_http();
  RETURN_IF_ERROR(set_target(config, probe));
  if (const Node* path = config.find("ResourcePath")) probe->set_resource_path(path->text);
  if (const Node* search = config.find("SearchString")) probe->set_search_string(search->text);
  const Node* sni = config.find("EnableSNI");
  if (sni == nullptr || !https) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool enabled, sni->boolean());
  if (!enabled) probe->mutable_tls()->set_enable_sni(false);
  return absl::OkStatus();
}

absl::Status set_calculated(const Node& config, v1::HealthCheck& check) {
  v1::CalculatedCheck* calculated = check.mutable_calculated();
  if (const Node* children = config.find("ChildHealthChecks")) {
    ASSIGN_OR_RETURN(const std::vector<std::string> ids, children->strings());
    for (const std::string& id : ids) calculated->add_child_health_checks(id);
  }
  ASSIGN_OR_RETURN(const Node* threshold, config.required("HealthThreshold"));
  ASSIGN_OR_RETURN(const std::int64_t number, threshold->integer(0, kThresholdMax));
  calculated->set_health_threshold(static_cast<std::uint32_t>(number));
  return absl::OkStatus();
}

absl::Status set_timing(const Node& config, v1::HealthCheck& check) {
  if (const Node* interval = config.find("RequestInterval")) {
    ASSIGN_OR_RETURN(const std::int64_t number, interval->integer(1, 300));
    check.set_request_interval(static_cast<std::uint32_t>(number));
  }
  if (const Node* threshold = config.find("FailureThreshold")) {
    ASSIGN_OR_RETURN(const std::int64_t number, threshold->integer(1, 10));
    check.set_failure_threshold(static_cast<std::uint32_t>(number));
  }
  return absl::OkStatus();
}

absl::Status set_flags(const Node& config, v1::HealthCheck& check) {
  if (const Node* inverted = config.find("Inverted")) {
    ASSIGN_OR_RETURN(const bool value, inverted->boolean());
    check.set_inverted(value);
  }
  if (const Node* disabled = config.find("Disabled")) {
    ASSIGN_OR_RETURN(const bool value, disabled->boolean());
    check.set_disabled(value);
  }
  return absl::OkStatus();
}

// What no probe sees: a switch in its place.
void set_switch(const Node& in, const Node& config, std::string_view type, v1::HealthCheck& check,
                Conversion& out) {
  check.mutable_recovery_control();
  if (type == "RECOVERY_CONTROL") {
    const Node* control = config.find("RoutingControlArn");
    out.leave_out(out.config, kList, control == nullptr ? config : *control,
                  "the state of a routing control; the switch here is on until "
                  "`signpost health switch` turns it off");
    return;
  }
  const Node* alarm = config.find("AlarmIdentifier");
  const Node* alarm_name = alarm == nullptr ? nullptr : alarm->find("Name");
  const Node* measured = in.find("CloudWatchAlarmConfiguration");
  const Node* metric = measured == nullptr ? nullptr : measured->find("MetricName");
  out.leave_out(out.config, kList, alarm == nullptr ? config : *alarm,
                absl::StrCat("the CloudWatch alarm", alarm_name == nullptr ? "" : " ",
                             alarm_name == nullptr ? "" : alarm_name->text,
                             metric == nullptr ? "" : " of the metric ",
                             metric == nullptr ? "" : metric->text,
                             "; a switch that is on stands in its place: write a metric check with "
                             "a query for Prometheus"));
}

absl::Status set_kind(const Node& in, const Node& config, v1::HealthCheck& check, Conversion& out) {
  ASSIGN_OR_RETURN(const Node* type, config.required("Type"));
  const std::string& kind = type->text;
  if (kind == "CALCULATED") return set_calculated(config, check);
  if (kind == "CLOUDWATCH_METRIC" || kind == "RECOVERY_CONTROL") {
    set_switch(in, config, kind, check, out);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(set_timing(config, check));
  if (kind == "TCP") return set_target(config, check.mutable_tcp());
  if (kind == "HTTP" || kind == "HTTP_STR_MATCH") return set_http(config, false, check);
  if (kind == "HTTPS" || kind == "HTTPS_STR_MATCH") return set_http(config, true, check);
  return type->error(absl::StrCat(
      kind,
      " is unknown; known are HTTP, HTTPS, HTTP_STR_MATCH, HTTPS_STR_MATCH, TCP, CALCULATED, "
      "CLOUDWATCH_METRIC and RECOVERY_CONTROL"));
}

void note_what_is_left(const Node& config, Conversion& out) {
  if (const Node* regions = config.find("Regions"))
    out.leave_out(out.config, kList, *regions,
                  "Signpost probes from where its daemon runs; see to it that this is where the "
                  "endpoint's health matters");
  for (const Node* other : other_members(
           config,
           {"IPAddress", "Port", "Type", "ResourcePath", "FullyQualifiedDomainName", "SearchString",
            "RequestInterval", "FailureThreshold", "MeasureLatency", "Inverted", "Disabled",
            "HealthThreshold", "ChildHealthChecks", "EnableSNI", "Regions", "AlarmIdentifier",
            "InsufficientDataHealthStatus", "RoutingControlArn"}))
    out.leave_out(out.config, kList, *other, "unknown; see whether you need it");
}

}  // namespace

absl::Status convert_health_check(const Node& in, Conversion& out) {
  ASSIGN_OR_RETURN(const Node* id, in.required("Id"));
  ASSIGN_OR_RETURN(const Node* config, in.required("HealthCheckConfig"));
  RETURN_IF_ERROR(config->check_map());
  v1::HealthCheck check;
  ASSIGN_OR_RETURN(const std::string text, id->string());
  check.set_id(text);
  RETURN_IF_ERROR(set_kind(in, *config, check, out));
  RETURN_IF_ERROR(set_flags(*config, check));
  note_what_is_left(*config, out);
  *out.config.add_health_checks() = std::move(check);
  return absl::OkStatus();
}

}  // namespace signpost::cli::convert
