#include "model/notice_receiver.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace signpost::model {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

template <typename Value>
bool allows(const std::vector<Value>& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

std::string url_text(const Webhook& webhook) {
  ProbeTarget shown = webhook.target;
  if (shown.port == (webhook.tls ? kHttpsPort : kHttpPort)) shown.port = 0;
  return absl::StrCat(webhook.tls ? "https://" : "http://", endpoint_text(shown), webhook.path);
}

}  // namespace

bool wants(const NoticeReceiver& receiver, const NoticeEvent& event) {
  const std::string& check = check_of(event);
  return allows(receiver.kinds, kind_of(event)) &&
         (check.empty() ||
          (allows(receiver.checks, check) && receiver.selector.matches(tags_of(event))));
}

std::string way_text(const NoticeReceiver& receiver) {
  if (const auto* webhook = std::get_if<Webhook>(&receiver.way)) return url_text(*webhook);
  return "command " + absl::StrJoin(std::get<CommandProbe>(receiver.way).command, " ");
}

}  // namespace signpost::model
