#include "notices/delivery.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "health/probes/command_probe.h"
#include "notices/secret_file.h"
#include "notices/signature.h"
#include "notices/webhook_run.h"

namespace signpost::notices {

namespace {

using std::chrono::seconds;

health::CancelProbe start(const std::shared_ptr<health::ProbeRun>& run) {
  run->start();
  return [weak = std::weak_ptr(run)] {
    if (const auto running = weak.lock()) running->cancel();
  };
}

// Webhooks and commands are run by what runs the probes of health checks.
health::ProbeRequest request_for(const model::NoticeReceiver& receiver, model::CheckKind kind) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = receiver.id;
  check->kind = std::move(kind);
  return {.check = std::move(check), .memory = nullptr, .with_steps = false};
}

health::CancelProbe call_webhook(boost::asio::io_context& io, const DeliverySettings& settings,
                                 const model::NoticeReceiver& receiver, std::string body,
                                 const std::string& secret, OnDelivered on_delivered) {
  const auto& webhook = std::get<model::Webhook>(receiver.way);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string timestamp = absl::StrCat(std::chrono::duration_cast<seconds>(now).count());
  model::HttpProbe post;
  post.target = webhook.target;
  post.resource_path = webhook.path;
  post.method = "POST";
  post.headers = {{"User-Agent", "Signpost-Notices"},
                  {"Content-Type", "application/json"},
                  {"Content-Length", absl::StrCat(body.size())}};
  if (!secret.empty() && webhook.body != model::WebhookBody::kPagerDuty) {
    post.headers.emplace_back("Signpost-Timestamp", timestamp);
    post.headers.emplace_back("Signpost-Signature",
                              absl::StrCat("v1=", signature_of(secret, timestamp, body)));
  }
  post.tls = webhook.tls;
  return start(std::make_shared<WebhookRun>(io, settings.probes,
                                            request_for(receiver, std::move(post)), std::move(body),
                                            std::move(on_delivered)));
}

health::CancelProbe run_command(boost::asio::io_context& io, const DeliverySettings& settings,
                                const model::NoticeReceiver& receiver, std::string body,
                                OnDelivered on_delivered) {
  return start(std::make_shared<health::CommandProbeRun>(
      io, settings.probes, request_for(receiver, std::get<model::CommandProbe>(receiver.way)),
      health::CommandInput{{absl::StrCat("SIGNPOST_NOTICE_RECEIVER=", receiver.id)},
                           std::move(body)},
      [on_delivered = std::move(on_delivered)](const health::ProbeResult& result) {
        on_delivered(result.outcome == health::ProbeOutcome::kSuccess ? DeliveryOutcome::kTaken
                                                                      : DeliveryOutcome::kFailed,
                     result.text);
      }));
}

health::CancelProbe fail_soon(boost::asio::io_context& io, std::string why,
                              OnDelivered on_delivered) {
  const auto wanted = std::make_shared<OnDelivered>(std::move(on_delivered));
  boost::asio::post(io, [wanted, why = std::move(why)] {
    if (const OnDelivered call = std::exchange(*wanted, nullptr))
      call(DeliveryOutcome::kFailed, why);
  });
  return [wanted] { *wanted = nullptr; };
}

}  // namespace

health::ProbeLimits delivery_limits() {
  health::ProbeLimits limits;
  limits.http_connect = seconds(10);
  limits.tls_handshake = seconds(10);
  limits.http_status = seconds(15);
  limits.http_header = seconds(5);
  limits.http_body = seconds(5);
  return limits;
}

health::CancelProbe deliver(boost::asio::io_context& io, const DeliverySettings& settings,
                            const model::Notice& notice, const model::NoticeReceiver& receiver,
                            OnDelivered on_delivered) {
  const auto* webhook = std::get_if<model::Webhook>(&receiver.way);
  std::string secret;
  if (webhook != nullptr && !webhook->secret.empty()) {
    absl::StatusOr<std::string> read = read_secret(settings.secrets_folder, webhook->secret);
    if (!read.ok())
      return fail_soon(io, std::string(read.status().message()), std::move(on_delivered));
    secret = *std::move(read);
  }
  std::string body = settings.render(notice, receiver, secret);
  if (webhook == nullptr)
    return run_command(io, settings, receiver, std::move(body), std::move(on_delivered));
  return call_webhook(io, settings, receiver, std::move(body), secret, std::move(on_delivered));
}

}  // namespace signpost::notices
