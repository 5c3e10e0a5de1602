#include "model/health_check.h"

#include <array>

namespace signpost::model {
namespace {

std::string url_text(const char* scheme, const ProbeTarget& target, const std::string& path = "") {
  return std::string(scheme) + "://" + endpoint_text(target) + path;
}

struct TargetText {
  std::string operator()(const HttpProbe& probe) const {
    return url_text(probe.tls ? "https" : "http", probe.target, probe.resource_path);
  }
  std::string operator()(const TcpProbe& probe) const {
    return url_text(probe.tls ? "tls" : "tcp", probe.target);
  }
  std::string operator()(const DnsProbe& probe) const {
    return url_text("dns", probe.target, " " + probe.name.text() + " " + dns::to_text(probe.type));
  }
  std::string operator()(const GrpcProbe& probe) const {
    return url_text(probe.tls ? "grpcs" : "grpc", probe.target,
                    probe.service.empty() ? "" : "/" + probe.service);
  }
  std::string operator()(const IcmpProbe& probe) const { return url_text("icmp", probe.target); }
  std::string operator()(const CommandProbe& probe) const {
    std::string text = "command";
    for (const std::string& part : probe.command) text += " " + part;
    return text;
  }
  std::string operator()(const MetricCheck& check) const {
    constexpr std::array<const char*, 6> kSigns{">", ">=", "<", "<=", "==", "!="};
    std::string threshold = std::to_string(check.threshold);
    threshold.erase(threshold.find_last_not_of('0') + 1);
    if (threshold.ends_with('.')) threshold.pop_back();
    return check.query + " " + kSigns.at(static_cast<std::size_t>(check.comparison)) + " " +
           threshold + " at " + endpoint_text(check.target);
  }
  std::string operator()(const CalculatedCheck& check) const {
    std::string text = std::to_string(check.health_threshold) + " of";
    const char* separator = " ";
    for (const std::string& child : check.children) text += std::exchange(separator, ", ") + child;
    return check.children.empty() ? text + " none" : text;
  }
  std::string operator()(const RecoveryControl&) const { return "switch"; }
};

struct KindName {
  const char* operator()(const HttpProbe& probe) const { return probe.tls ? "https" : "http"; }
  const char* operator()(const TcpProbe&) const { return "tcp"; }
  const char* operator()(const DnsProbe&) const { return "dns"; }
  const char* operator()(const GrpcProbe&) const { return "grpc"; }
  const char* operator()(const IcmpProbe&) const { return "icmp"; }
  const char* operator()(const CommandProbe&) const { return "command"; }
  const char* operator()(const MetricCheck&) const { return "metric"; }
  const char* operator()(const CalculatedCheck&) const { return "calculated"; }
  const char* operator()(const RecoveryControl&) const { return "recovery_control"; }
};

}  // namespace

const char* kind_name(const CheckKind& kind) { return std::visit(KindName(), kind); }

std::string target_text(const CheckKind& kind) { return std::visit(TargetText(), kind); }

std::string endpoint_text(const ProbeTarget& target) {
  const std::string& name = target.address.empty() ? target.host : target.address;
  const bool bracketed = name.find(':') != std::string::npos;
  const std::string text = bracketed ? "[" + name + "]" : name;
  return target.port == 0 ? text : text + ":" + std::to_string(target.port);
}

}  // namespace signpost::model
