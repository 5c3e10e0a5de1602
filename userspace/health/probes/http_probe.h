// HTTP and HTTPS checks, with or without a search of the body.
#pragma once

#include <memory>
#include <optional>

#include "health/probes/body_search.h"
#include "health/probes/http_exchange.h"

namespace signpost::health {

class HttpProbeRun final : public HttpExchange {
 public:
  // request.check->kind is a model::HttpProbe.
  HttpProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
               const ProbeRequest& request, OnProbeResult on_result);

 private:
  std::string request_octets() const override;
  std::string_view method() const override { return probe_.method; }
  void on_status(unsigned status) override;
  bool on_body_octets() override;
  void on_body_end() override;
  bool expects(unsigned status) const;

  const model::HttpProbe& probe_;
  std::optional<BodySearch> search_;
};

}  // namespace signpost::health
