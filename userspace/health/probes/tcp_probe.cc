#include "health/probes/tcp_probe.h"

#include <algorithm>
#include <utility>

#include "health/probes/body_search.h"

namespace signpost::health {
namespace {

const model::TcpProbe& probe_of(const ProbeRequest& request) {
  return std::get<model::TcpProbe>(request.check->kind);
}

}  // namespace

TcpProbeRun::TcpProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                         const ProbeRequest& request, OnProbeResult on_result)
    : StreamProbe(io, settings, request, probe_of(request).target, probe_of(request).tls,
                  settings.limits.tcp_connect, std::move(on_result)),
      probe_(probe_of(request)) {}

void TcpProbeRun::on_connected() {
  if (!probe_.send.empty()) write(probe_.send);
  if (probe_.expect.empty()) return succeed("connected to " + endpoint());
  arm(limits().tcp_expect, "not the octets that are expected within " +
                               duration_text(limits().tcp_expect) + " after connecting to " +
                               endpoint());
  read();
}

void TcpProbeRun::on_octets(const boost::system::error_code& error, std::string_view octets) {
  const std::size_t overlap = std::min(received_.size(), probe_.expect.size() - 1);
  const std::size_t from = received_.size() - overlap;
  received_ += octets.substr(0, kSearchStringWithin - received_.size());
  if (received_.find(probe_.expect, from) != std::string::npos)
    return succeed("the octets that are expected came from " + endpoint());
  if (received_.size() == kSearchStringWithin)
    return fail("the first 5,120 octets from " + endpoint() +
                " do not hold those that are expected");
  if (error) return fail_reading(error, "the octets that are expected");
  read();
}

}  // namespace signpost::health
