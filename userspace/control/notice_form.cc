#include "control/notice_form.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "control/health_list.h"
#include "control/service_support.h"
#include "signpost/v1/notices.pb.h"

namespace signpost::control {
namespace {

namespace json = boost::json;
using google::protobuf::util::TimeUtil;

constexpr std::size_t kPagerDutySummaryMax = 1024;

model::Health health_of(v1::HealthStatus status) {
  return status == v1::HEALTHY     ? model::Health::kHealthy
         : status == v1::UNHEALTHY ? model::Health::kUnhealthy
                                   : model::Health::kUnknown;
}

v1::Notice::Severity to_proto(model::Severity severity) {
  switch (severity) {
    case model::Severity::kInfo:
      return v1::Notice::INFO;
    case model::Severity::kWarning:
      return v1::Notice::WARNING;
    case model::Severity::kCritical:
      return v1::Notice::CRITICAL;
  }
  return v1::Notice::SEVERITY_UNSPECIFIED;
}

struct EventWriter {
  void operator()(const model::HealthFlipEvent& flip) {
    out.set_kind(v1::HEALTH_FLIP);
    v1::HealthFlipEvent& event = *out.mutable_health_flip();
    event.set_health_check_id(flip.check_id);
    event.set_target(flip.target);
    event.set_before(control::to_proto(flip.before));
    event.set_status(control::to_proto(flip.health));
    event.set_reason(flip.reason);
    for (const std::string& tag : model::tag_texts(flip.tags)) event.add_tags(tag);
  }
  void operator()(const model::CertificateEvent& certificate) {
    out.set_kind(v1::CERTIFICATE_EXPIRY);
    v1::CertificateExpiryEvent& event = *out.mutable_certificate_expiry();
    event.set_health_check_id(certificate.check_id);
    event.set_target(certificate.target);
    set_time(certificate.expires, *event.mutable_expires());
    for (const std::string& tag : model::tag_texts(certificate.tags)) event.add_tags(tag);
  }
  void operator()(const model::BlindProberEvent& prober) {
    out.set_kind(v1::BLIND_PROBER);
    v1::BlindProberEvent& event = *out.mutable_blind_prober();
    event.set_blind(prober.blind);
    event.set_failed(prober.failed);
    event.set_targets(prober.targets);
    event.set_reason(prober.reason);
  }
  void operator()(const model::OverrideChangeEvent& change) {
    out.set_kind(v1::OVERRIDE);
    v1::OverrideChangeEvent& event = *out.mutable_override_change();
    event.set_override_number(change.override_number);
    event.set_author(change.author);
    event.set_text(change.text);
    event.set_ended(change.ended);
    event.set_break_glass(change.break_glass);
  }

  v1::Notice& out;
};

// Of a notice that was stored, whose tags were checked with their check.
model::Tags tags_from(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  model::Tags tags;
  for (const std::string& text : texts) model::add_tag(text, tags).IgnoreError();
  return tags;
}

std::string json_text(const model::Notice& notice) {
  v1::Notice message;
  control::to_proto(notice, message);
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  const auto written = google::protobuf::util::MessageToJsonString(message, &text, options);
  return written.ok() ? text : "{}";
}

// Slack reads "&", "<" and ">" as the beginnings of markup.
std::string slack_text(const model::Notice& notice) {
  const model::Severity severity = model::severity_of(notice.event);
  const char* const sign = model::resolves(notice.event)            ? ":white_check_mark: "
                           : severity == model::Severity::kCritical ? ":red_circle: "
                                                                    : ":warning: ";
  const std::string text = absl::StrReplaceAll(model::summary_of(notice.event),
                                               {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
  return json::serialize(json::object{{"text", sign + text}});
}

std::string pager_duty_text(const model::Notice& notice, const std::string& routing_key,
                            const std::string& source) {
  const char* const severity =
      model::severity_of(notice.event) == model::Severity::kCritical  ? "critical"
      : model::severity_of(notice.event) == model::Severity::kWarning ? "warning"
                                                                      : "info";
  const char* const kind = model::kind_name(model::kind_of(notice.event));
  const std::string& check = model::check_of(notice.event);
  v1::Notice message;
  control::to_proto(notice, message);
  json::object payload{{"summary", model::summary_of(notice.event).substr(0, kPagerDutySummaryMax)},
                       {"source", source},
                       {"severity", severity},
                       {"timestamp", TimeUtil::ToString(message.time())},
                       {"class", kind},
                       {"custom_details", json::parse(json_text(notice))}};
  if (!check.empty()) payload["component"] = check;
  return json::serialize(json::object{
      {"routing_key", routing_key},
      {"event_action", model::resolves(notice.event) ? "resolve" : "trigger"},
      {"dedup_key", absl::StrCat(source, "/", kind, "/", model::subject_of(notice.event))},
      {"client", "signpost"},
      {"payload", std::move(payload)}});
}

}  // namespace

void to_proto(const model::Notice& notice, v1::Notice& out) {
  out.set_number(notice.number);
  set_time(notice.time, *out.mutable_time());
  out.set_severity(to_proto(model::severity_of(notice.event)));
  out.set_summary(model::summary_of(notice.event));
  std::visit(EventWriter{out}, notice.event);
}

std::optional<model::Notice> from_proto(const v1::Notice& in) {
  model::Notice notice{in.number(), time_of(in.time()), {}};
  switch (in.event_case()) {
    case v1::Notice::kHealthFlip: {
      const v1::HealthFlipEvent& flip = in.health_flip();
      notice.event =
          model::HealthFlipEvent{flip.health_check_id(),   flip.target(), health_of(flip.before()),
                                 health_of(flip.status()), flip.reason(), tags_from(flip.tags())};
      return notice;
    }
    case v1::Notice::kCertificateExpiry: {
      const v1::CertificateExpiryEvent& event = in.certificate_expiry();
      notice.event = model::CertificateEvent{event.health_check_id(), event.target(),
                                             time_of(event.expires()), tags_from(event.tags())};
      return notice;
    }
    case v1::Notice::kBlindProber: {
      const v1::BlindProberEvent& event = in.blind_prober();
      notice.event =
          model::BlindProberEvent{event.blind(), event.failed(), event.targets(), event.reason()};
      return notice;
    }
    case v1::Notice::kOverrideChange: {
      const v1::OverrideChangeEvent& event = in.override_change();
      notice.event = model::OverrideChangeEvent{event.override_number(), event.author(),
                                                event.text(), event.ended(), event.break_glass()};
      return notice;
    }
    case v1::Notice::EVENT_NOT_SET:
      break;
  }
  return std::nullopt;
}

std::string notice_body(const model::Notice& notice, const model::NoticeReceiver& receiver,
                        const std::string& secret, const std::string& source) {
  const auto* webhook = std::get_if<model::Webhook>(&receiver.way);
  if (webhook != nullptr && webhook->body == model::WebhookBody::kSlack) return slack_text(notice);
  if (webhook != nullptr && webhook->body == model::WebhookBody::kPagerDuty)
    return pager_duty_text(notice, secret, source);
  return json_text(notice);
}

}  // namespace signpost::control
