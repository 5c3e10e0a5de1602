// Notices as messages of the API, and as bodies for receivers.
#pragma once

#include <optional>
#include <string>

#include "model/notice.h"
#include "model/notice_receiver.h"

namespace signpost::v1 {
class Notice;
}

namespace signpost::control {

void to_proto(const model::Notice& notice, v1::Notice& out);
// Nothing if there is no event that we know.
std::optional<model::Notice> from_proto(const v1::Notice& in);

// What the receiver is sent: the notice in the JSON form of the schema, an incoming webhook message
// of Slack, or an event of PagerDuty's Events API v2, for which `secret` is the routing key. There
// `source` says which installation it is.
std::string notice_body(const model::Notice& notice, const model::NoticeReceiver& receiver,
                        const std::string& secret, const std::string& source);

}  // namespace signpost::control
