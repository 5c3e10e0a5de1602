// One request of a webhook.
#pragma once

#include <memory>
#include <string>

#include "health/probes/http_exchange.h"
#include "notices/delivery.h"

namespace signpost::notices {

class WebhookRun final : public health::HttpExchange {
 public:
  // request.check->kind is a model::HttpProbe with method, path and headers, Content-Length among
  // them.
  WebhookRun(boost::asio::io_context& io, const health::ProbeSettings& settings,
             const health::ProbeRequest& request, std::string body, OnDelivered on_delivered);

 private:
  WebhookRun(boost::asio::io_context& io, const health::ProbeSettings& settings,
             const health::ProbeRequest& request, std::string body, OnDelivered on_delivered,
             std::shared_ptr<unsigned> status);

  std::string request_octets() const override;
  std::string_view method() const override { return post_.method; }
  void on_status(unsigned status) override;
  void on_body_end() override;

  const model::HttpProbe& post_;
  const std::string body_;
  const std::shared_ptr<unsigned> status_;  // of the response; 0: none yet
};

}  // namespace signpost::notices
