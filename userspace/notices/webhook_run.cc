#include "notices/webhook_run.h"

#include <algorithm>
#include <utility>

#include "health/probes/http_request.h"

namespace signpost::notices {
namespace {

constexpr std::size_t kReasonMax = 200;

// By RFC 9110 section 15.5 these are about the content, which another try would not change.
bool refuses(unsigned status) { return status == 400 || status == 413 || status == 422; }

DeliveryOutcome outcome_of(const health::ProbeResult& result, unsigned status) {
  if (result.outcome == health::ProbeOutcome::kSuccess) return DeliveryOutcome::kTaken;
  return refuses(status) ? DeliveryOutcome::kRefused : DeliveryOutcome::kFailed;
}

}  // namespace

WebhookRun::WebhookRun(boost::asio::io_context& io, const health::ProbeSettings& settings,
                       const health::ProbeRequest& request, std::string body,
                       OnDelivered on_delivered)
    : WebhookRun(io, settings, request, std::move(body), std::move(on_delivered),
                 std::make_shared<unsigned>(0)) {}

WebhookRun::WebhookRun(boost::asio::io_context& io, const health::ProbeSettings& settings,
                       const health::ProbeRequest& request, std::string body,
                       OnDelivered on_delivered, std::shared_ptr<unsigned> status)
    : HttpExchange(
          io, settings, request, std::get<model::HttpProbe>(request.check->kind).target,
          std::get<model::HttpProbe>(request.check->kind).tls,
          [status, on_delivered = std::move(on_delivered)](const health::ProbeResult& result) {
            on_delivered(outcome_of(result, *status), result.text);
          }),
      post_(std::get<model::HttpProbe>(check().kind)),
      body_(std::move(body)),
      status_(std::move(status)) {}

std::string WebhookRun::request_octets() const {
  return health::request_text(post_, check().id, keeps_connection()) + body_;
}

void WebhookRun::on_status(unsigned status) {
  *status_ = status;
  if (status >= 200 && status < 300) return succeed(status_text());
  read_body();  // which may say why
}

void WebhookRun::on_body_end() {
  std::string reason = body().substr(0, std::min(body().find('\n'), kReasonMax));
  std::replace_if(
      reason.begin(), reason.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  fail(status_text() + (reason.empty() ? "" : ": " + reason));
}

}  // namespace signpost::notices
