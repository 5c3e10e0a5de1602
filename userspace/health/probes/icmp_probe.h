// ICMP echo checks (RFC 792, RFC 4443 section 4.1).
#pragma once

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>
#include <string_view>

#include "health/probes/targeted_probe.h"

namespace signpost::health {

class IcmpProbeRun final : public TargetedProbe {
 public:
  // request.check->kind is a model::IcmpProbe.
  IcmpProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
               const ProbeRequest& request, OnProbeResult on_result);

 private:
  void set_limit() override;
  void on_address(const std::string& address) override;
  void give_up() override;
  bool open(bool v6);
  void await_reply();
  void on_readable();
  bool is_reply(std::string_view packet) const;

  boost::asio::posix::stream_descriptor socket_;
  bool v6_ = false;
  bool raw_ = false;              // packets of others come as well, over IPv4 with their IP header
  std::array<char, 16> token_{};  // random, and so what tells our reply from others
};

}  // namespace signpost::health
