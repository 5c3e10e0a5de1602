#include "health/probes/targeted_probe.h"

#include <utility>

namespace signpost::health {

TargetedProbe::TargetedProbe(boost::asio::io_context& io, const ProbeSettings& settings,
                             ProbeRequest request, const model::ProbeTarget& target,
                             OnProbeResult on_result)
    : ProbeRun(io, settings, std::move(request), std::move(on_result)), target_(target) {
  set_endpoint(model::endpoint_text(target));
}

void TargetedProbe::begin() {
  set_limit();
  if (target_.address.empty()) return look_up();
  on_address(target_.address);
}

void TargetedProbe::look_up() {
  lookup_ = std::make_shared<HostLookup>(
      io(), settings().resolvers, target_.host,
      [weak = std::weak_ptr(keep(this))](const absl::StatusOr<std::string>& address) {
        if (const auto self = weak.lock(); self && self->goes_on()) self->on_looked_up(address);
      });
  lookup_->start();
}

void TargetedProbe::on_looked_up(const absl::StatusOr<std::string>& address) {
  if (!address.ok())
    return fail("DNS resolution of " + target_.host +
                " failed: " + std::string(address.status().message()));
  set_endpoint(model::endpoint_text({.address = *address, .host = {}, .port = target_.port}));
  step(target_.host + " has the address " + *address);
  on_address(*address);
}

void TargetedProbe::close() {
  if (lookup_) lookup_->cancel();
  give_up();
}

}  // namespace signpost::health
