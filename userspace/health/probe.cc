#include "health/probe.h"

#include <utility>

#include "health/probes/command_probe.h"
#include "health/probes/dns_probe.h"
#include "health/probes/grpc_probe.h"
#include "health/probes/http_probe.h"
#include "health/probes/icmp_probe.h"
#include "health/probes/metric_probe.h"
#include "health/probes/probe_memory.h"
#include "health/probes/tcp_probe.h"
#include "health/probes/tls.h"

namespace signpost::health {
namespace {

using boost::asio::io_context;

// Makes the probe of a kind.
struct ProbeMaker {
  using ProbePtr = std::shared_ptr<ProbeRun>;

  ProbePtr operator()(const model::HttpProbe&) { return make<HttpProbeRun>(); }
  ProbePtr operator()(const model::TcpProbe&) { return make<TcpProbeRun>(); }
  ProbePtr operator()(const model::DnsProbe&) { return make<DnsProbeRun>(); }
  ProbePtr operator()(const model::GrpcProbe&) { return make<GrpcProbeRun>(); }
  ProbePtr operator()(const model::IcmpProbe&) { return make<IcmpProbeRun>(); }
  ProbePtr operator()(const model::CommandProbe&) { return make<CommandProbeRun>(); }
  ProbePtr operator()(const model::MetricCheck&) { return make<MetricProbeRun>(); }
  ProbePtr operator()(const model::CalculatedCheck&) { return nullptr; }
  ProbePtr operator()(const model::RecoveryControl&) { return nullptr; }

  template <typename Run>
  ProbePtr make() {
    return std::make_shared<Run>(io, settings, request, std::move(on_result));
  }

  io_context& io;
  const ProbeSettings& settings;
  const ProbeRequest& request;
  OnProbeResult on_result;
};

}  // namespace

ProbeSettings::ProbeSettings()
    : tls(std::make_shared<TlsContexts>()),
      kept_connections(
          std::make_shared<KeptConnectionPlaces>(KeptConnectionPlaces::default_count())) {}

CancelProbe start_probe(io_context& io, const ProbeSettings& settings, const ProbeRequest& request,
                        OnProbeResult on_result) {
  const std::shared_ptr<ProbeRun> probe =
      std::visit(ProbeMaker{io, settings, request, std::move(on_result)}, request.check->kind);
  if (probe == nullptr) return [] {};
  probe->start();
  return [weak = std::weak_ptr<ProbeRun>(probe)] {
    if (const auto running = weak.lock()) running->cancel();
  };
}

}  // namespace signpost::health
