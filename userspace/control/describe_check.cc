#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "control/describe.h"
#include "dns/rcode.h"
#include "dns/rdata.h"

namespace signpost::control {
namespace {

// What is said of a kind beyond its target: whatever makes two checks differ.
struct DetailWriter {
  void operator()(const model::HttpProbe& probe) {
    add_host(probe.target);
    if (probe.method != "GET") absl::StrAppend(&text, " by ", probe.method);
    for (const auto& [name, value] : probe.headers) absl::StrAppend(&text, ", ", name, ": ", value);
    for (const model::StatusCodeRange& range : probe.expected_status_codes)
      absl::StrAppend(&text, ", status ", range.first, "-", range.last);
    if (!probe.search_string.empty())
      absl::StrAppend(&text, ", with \"", probe.search_string, "\"");
    if (!probe.search_pattern.empty())
      absl::StrAppend(&text, ", with /", probe.search_pattern, "/");
    add_tls(probe.tls);
  }
  void operator()(const model::TcpProbe& probe) {
    add_host(probe.target);
    if (!probe.send.empty()) absl::StrAppend(&text, ", sends \"", probe.send, "\"");
    if (!probe.expect.empty()) absl::StrAppend(&text, ", expects \"", probe.expect, "\"");
    add_tls(probe.tls);
  }
  void operator()(const model::DnsProbe& probe) {
    add_host(probe.target);
    if (probe.expected_rcode != dns::kRcodeNoError)
      absl::StrAppend(&text, ", expects ", dns::rcode_text(probe.expected_rcode));
    for (const std::string& rdata : probe.expected_rdata)
      absl::StrAppend(&text, ", with ", dns::format_rdata(probe.type, rdata));
  }
  void operator()(const model::GrpcProbe& probe) {
    add_host(probe.target);
    add_tls(probe.tls);
  }
  void operator()(const model::IcmpProbe& probe) { add_host(probe.target); }
  void operator()(const model::CommandProbe& probe) {
    absl::StrAppend(&text, ", within ", probe.timeout.count() / 1000, " s");
  }
  void operator()(const model::MetricCheck& check) {
    add_host(check.target);
    if (check.resource_path != model::MetricCheck().resource_path)
      absl::StrAppend(&text, check.resource_path);
    if (check.insufficient_data == model::InsufficientData::kHealthy)
      absl::StrAppend(&text, ", healthy without data");
    if (check.insufficient_data == model::InsufficientData::kUnhealthy)
      absl::StrAppend(&text, ", unhealthy without data");
    add_tls(check.tls);
  }
  void operator()(const model::CalculatedCheck&) {}
  void operator()(const model::RecoveryControl&) {}

  void add_host(const model::ProbeTarget& target) {
    if (!target.host.empty() && !target.address.empty())
      absl::StrAppend(&text, " host ", target.host);
  }
  void add_tls(const std::optional<model::TlsOptions>& tls) {
    if (!tls) return;
    if (!tls->enable_sni) absl::StrAppend(&text, ", without server name");
    if (tls->verify_certificate) absl::StrAppend(&text, ", certificate verified");
    if (tls->certificate_warning_days != model::TlsOptions().certificate_warning_days)
      absl::StrAppend(&text, ", warns ", tls->certificate_warning_days, " days before it expires");
  }

  std::string& text;
};

}  // namespace

std::string describe(const model::HealthCheck& check) {
  std::string text = model::target_text(check.kind);
  std::visit(DetailWriter{text}, check.kind);
  if (model::is_probed(check)) {
    absl::StrAppend(&text, " every ", check.request_interval.count() / 1000, " s, threshold ",
                    check.failure_threshold);
    if (check.rise) absl::StrAppend(&text, ", rise ", *check.rise);
    if (check.fall) absl::StrAppend(&text, ", fall ", *check.fall);
    if (check.confirm_after.count() > 0)
      absl::StrAppend(&text, ", confirmed after ", check.confirm_after.count(), " ms");
  }
  if (check.inverted) absl::StrAppend(&text, ", inverted");
  if (check.disabled) absl::StrAppend(&text, ", disabled");
  if (!check.tags.empty())
    absl::StrAppend(&text, ", tags ", absl::StrJoin(model::tag_texts(check.tags), ","));
  return text;
}

}  // namespace signpost::control
