// TCP checks: connecting, a TLS handshake, sending and expecting octets.
#pragma once

#include "health/probes/stream_probe.h"

namespace signpost::health {

class TcpProbeRun final : public StreamProbe {
 public:
  // request.check->kind is a model::TcpProbe.
  TcpProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
              const ProbeRequest& request, OnProbeResult on_result);

 private:
  void on_connected() override;
  void on_octets(const boost::system::error_code& error, std::string_view octets) override;

  const model::TcpProbe& probe_;
  std::string received_;
};

}  // namespace signpost::health
