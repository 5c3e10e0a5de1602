// DNS checks: one question to one server.
#pragma once

#include "health/probes/targeted_probe.h"
#include "upstream/exchange.h"

namespace signpost::health {

class DnsProbeRun final : public TargetedProbe {
 public:
  // request.check->kind is a model::DnsProbe.
  DnsProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
              const ProbeRequest& request, OnProbeResult on_result);

 private:
  void set_limit() override;
  void on_address(const std::string& address) override;
  void give_up() override;
  void on_exchanged(const upstream::ExchangeResult& result);
  void judge(const std::string& reply);

  const model::DnsProbe& probe_;
  upstream::CancelExchange cancel_exchange_;
};

}  // namespace signpost::health
