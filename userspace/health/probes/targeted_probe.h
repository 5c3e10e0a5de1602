// Probes of an endpoint that is given by address or by name.
#pragma once

#include <memory>
#include <string>

#include "health/probes/host_lookup.h"
#include "health/probes/probe_run.h"

namespace signpost::health {

class TargetedProbe : public ProbeRun {
 public:
  // `target` is a part of the request's check.
  TargetedProbe(boost::asio::io_context& io, const ProbeSettings& settings, ProbeRequest request,
                const model::ProbeTarget& target, OnProbeResult on_result);

 protected:
  // Before the address is known, and where the limit has to be set that is for finding it, too.
  virtual void set_limit() = 0;
  // `address` is an IPv4 or IPv6 address if it comes from the name, else as configured.
  virtual void on_address(const std::string& address) = 0;
  // Gives up what came after that.
  virtual void give_up() = 0;

  const model::ProbeTarget& target() const { return target_; }

  void close() final;

 private:
  void begin() final;
  void look_up();
  void on_looked_up(const absl::StatusOr<std::string>& address);

  const model::ProbeTarget& target_;
  std::shared_ptr<HostLookup> lookup_;
};

}  // namespace signpost::health
