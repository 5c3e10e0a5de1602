#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "control/describe.h"
#include "control/translate.h"
#include "control/translate_probes.h"
#include "control/url.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {
namespace {

constexpr const char* kPagerDutyUrl = "https://events.pagerduty.com/v2/enqueue";
constexpr int kChecksMax = 1000;

// The first of two for the same is what is written.
constexpr std::array kBodies{std::pair(v1::Webhook::BODY_UNSPECIFIED, model::WebhookBody::kJson),
                             std::pair(v1::Webhook::JSON, model::WebhookBody::kJson),
                             std::pair(v1::Webhook::SLACK, model::WebhookBody::kSlack),
                             std::pair(v1::Webhook::PAGERDUTY, model::WebhookBody::kPagerDuty)};
constexpr std::array kKinds{
    std::pair(v1::HEALTH_FLIP, model::NoticeKind::kHealthFlip),
    std::pair(v1::CERTIFICATE_EXPIRY, model::NoticeKind::kCertificateExpiry),
    std::pair(v1::BLIND_PROBER, model::NoticeKind::kBlindProber),
    std::pair(v1::OVERRIDE, model::NoticeKind::kOverride)};
static_assert(kKinds.size() == model::kNoticeKinds);

absl::StatusOr<model::Webhook> read(const v1::Webhook& in, const std::string& path) {
  model::Webhook out;
  const auto body = std::find_if(kBodies.begin(), kBodies.end(),
                                 [&](const auto& pair) { return pair.first == in.body(); });
  if (body == kBodies.end()) {
    return invalid_argument(path, ".body: ", static_cast<int>(in.body()), " is not known");
  }
  out.body = body->second;
  const bool pager_duty = out.body == model::WebhookBody::kPagerDuty;
  const std::string url = in.url().empty() && pager_duty ? kPagerDutyUrl : in.url();
  ASSIGN_OR_RETURN(HttpUrl parsed, parse_http_url(url, absl::StrCat(path, ".url")));
  out.target = std::move(parsed.target);
  out.path = std::move(parsed.path);
  if (parsed.https) {
    out.tls.emplace();
    out.tls->verify_certificate = !in.skip_certificate_verification();
  } else if (in.skip_certificate_verification()) {
    return invalid_argument(path,
                            ".skip_certificate_verification: is of no use; http has no "
                            "certificates");
  }
  RETURN_IF_ERROR(check_secret_file(in.secret(), path + ".secret"));
  if (pager_duty && in.secret().empty()) {
    return invalid_argument(path,
                            ".secret: is missing; use the name of the file that holds the routing "
                            "key, in the folder of signpostd --secrets");
  }
  out.secret = in.secret();
  return out;
}

absl::Status read_way(const v1::NoticeReceiver& in, const std::string& path,
                      model::NoticeReceiver& out) {
  switch (in.way_case()) {
    case v1::NoticeReceiver::kWebhook: {
      ASSIGN_OR_RETURN(out.way, read(in.webhook(), absl::StrCat(path, ".webhook")));
      return absl::OkStatus();
    }
    case v1::NoticeReceiver::kCommand: {
      ASSIGN_OR_RETURN(out.way, command_from_proto(in.command(), absl::StrCat(path, ".command")));
      return absl::OkStatus();
    }
    case v1::NoticeReceiver::WAY_NOT_SET:
      break;
  }
  return invalid_argument(path, ": has neither webhook nor command; give one");
}

absl::Status read_filters(const v1::NoticeReceiver& in, const std::string& path,
                          model::NoticeReceiver& out) {
  for (int i = 0; i < in.kinds_size(); ++i) {
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const auto& pair) { return pair.first == in.kinds(i); });
    if (kind == kKinds.end()) {
      return invalid_argument(path, ".kinds[", i, "]: ", static_cast<int>(in.kinds(i)),
                              " is not a kind of notices");
    }
    out.kinds.push_back(kind->second);
  }
  if (in.health_check_ids_size() > kChecksMax) {
    return invalid_argument(path, ".health_check_ids: has ", in.health_check_ids_size(),
                            "; use at most ", kChecksMax);
  }
  for (int i = 0; i < in.health_check_ids_size(); ++i) {
    RETURN_IF_ERROR(check_health_check_id(in.health_check_ids(i),
                                          absl::StrCat(path, ".health_check_ids[", i, "]")));
    out.checks.push_back(in.health_check_ids(i));
  }
  absl::StatusOr<model::TagSelector> selector = model::TagSelector::parse(in.selector());
  if (!selector.ok()) return annotate(selector.status(), absl::StrCat(path, ".selector"));
  out.selector_text = in.selector();
  out.selector = *std::move(selector);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<model::NoticeReceiverPtr> from_proto(const v1::NoticeReceiver& in,
                                                    const std::string& path) {
  auto out = std::make_shared<model::NoticeReceiver>();
  if (!check_health_check_id(in.id(), path).ok()) {
    return invalid_argument(path, ".id: \"", in.id(),
                            "\" is not the id of a notice receiver; use 1 to 64 letters, digits, "
                            "'-', '_' and '.'");
  }
  out->id = in.id();
  RETURN_IF_ERROR(read_way(in, path, *out));
  RETURN_IF_ERROR(read_filters(in, path, *out));
  return out;
}

void to_proto(const model::NoticeReceiver& receiver, v1::NoticeReceiver& out) {
  out.set_id(receiver.id);
  if (const auto* webhook = std::get_if<model::Webhook>(&receiver.way)) {
    v1::Webhook& way = *out.mutable_webhook();
    way.set_url(model::way_text(receiver));
    way.set_body(std::find_if(kBodies.begin(), kBodies.end(), [&](const auto& pair) {
                   return pair.second == webhook->body;
                 })->first);
    way.set_secret(webhook->secret);
    way.set_skip_certificate_verification(webhook->tls && !webhook->tls->verify_certificate);
  } else {
    command_to_proto(std::get<model::CommandProbe>(receiver.way), *out.mutable_command());
  }
  for (const model::NoticeKind kind : receiver.kinds)
    out.add_kinds(kKinds[static_cast<std::size_t>(kind)].first);
  for (const std::string& check : receiver.checks) out.add_health_check_ids(check);
  out.set_selector(receiver.selector_text);
}

std::string describe(const model::NoticeReceiver& receiver) {
  std::string text = model::way_text(receiver);
  if (const auto* webhook = std::get_if<model::Webhook>(&receiver.way)) {
    if (webhook->body == model::WebhookBody::kSlack) absl::StrAppend(&text, " for Slack");
    if (webhook->body == model::WebhookBody::kPagerDuty) absl::StrAppend(&text, " for PagerDuty");
    if (!webhook->secret.empty()) absl::StrAppend(&text, ", secret ", webhook->secret);
    if (webhook->tls && !webhook->tls->verify_certificate)
      absl::StrAppend(&text, ", any certificate");
  } else {
    const auto& command = std::get<model::CommandProbe>(receiver.way);
    absl::StrAppend(&text, ", within ", command.timeout.count() / 1000, " s");
  }
  for (const model::NoticeKind kind : receiver.kinds)
    absl::StrAppend(&text, ", ", model::kind_name(kind));
  if (!receiver.checks.empty())
    absl::StrAppend(&text, ", of ", absl::StrJoin(receiver.checks, " "));
  if (!receiver.selector_text.empty())
    absl::StrAppend(&text, ", of checks with tags ", receiver.selector_text);
  return text;
}

}  // namespace signpost::control
