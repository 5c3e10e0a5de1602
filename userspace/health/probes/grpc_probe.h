// Checks by grpc.health.v1.
#pragma once

#include <memory>
#include <string>

#include "health/probes/targeted_probe.h"

namespace signpost::health {

class GrpcProbeRun final : public TargetedProbe {
 public:
  // request.check->kind is a model::GrpcProbe.
  GrpcProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
               const ProbeRequest& request, OnProbeResult on_result);
  ~GrpcProbeRun() override;

 private:
  struct Call;

  void set_limit() override;
  void on_address(const std::string& address) override;
  void give_up() override;
  void note_reply();
  void on_reply();
  void note_certificate();

  const model::GrpcProbe& probe_;
  std::shared_ptr<Call> call_;
};

}  // namespace signpost::health
