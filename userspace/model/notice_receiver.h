// Who is told of notices, as the operator writes it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "model/health_check.h"
#include "model/notice.h"
#include "model/tags.h"

namespace signpost::model {

// What a webhook is sent: the notice itself, or the forms that Slack's incoming webhooks and
// PagerDuty's Events API v2 take.
enum class WebhookBody { kJson, kSlack, kPagerDuty };

struct Webhook {
  ProbeTarget target;             // the host of the URL, an address in `address`
  std::string path;               // with the query; begins with '/'
  std::optional<TlsOptions> tls;  // https
  WebhookBody body = WebhookBody::kJson;
  // A file in the daemon's folder of secrets: the key of the signature, PagerDuty's routing key.
  // Empty: requests are not signed.
  std::string secret;
  friend bool operator==(const Webhook&, const Webhook&) = default;
};

struct NoticeReceiver {
  std::string id;
  // A command gets the notice on its standard input.
  std::variant<Webhook, CommandProbe> way;
  std::vector<NoticeKind> kinds;    // empty: all
  std::vector<std::string> checks;  // ids; empty: all
  std::string selector_text;        // as TagSelector::parse() takes it
  TagSelector selector;             // of the checks' tags
  friend bool operator==(const NoticeReceiver& a, const NoticeReceiver& b) {
    return std::tie(a.id, a.way, a.kinds, a.checks, a.selector_text) ==
           std::tie(b.id, b.way, b.kinds, b.checks, b.selector_text);
  }
};
using NoticeReceiverPtr = std::shared_ptr<const NoticeReceiver>;

// Whether the receiver is to be told of the event. One that is about no check is for everybody.
bool wants(const NoticeReceiver& receiver, const NoticeEvent& event);

// "https://hooks.example.com/notices", "command page-me --all".
std::string way_text(const NoticeReceiver& receiver);

}  // namespace signpost::model
