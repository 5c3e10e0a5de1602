// One try to tell one receiver of one notice.
#pragma once

#include <functional>
#include <string>

#include "health/probe.h"
#include "model/notice_receiver.h"

namespace signpost::notices {

// The body for a receiver; `secret` is what its secret file holds, empty without one.
using RenderNotice = std::function<std::string(const model::Notice&, const model::NoticeReceiver&,
                                               const std::string& secret)>;

// What all deliveries of a daemon share.
struct DeliverySettings {
  health::ProbeSettings probes;  // resolvers, folder of commands, TLS, limits
  std::string secrets_folder;
  RenderNotice render;
};

// ProbeSettings::limits for receivers, which may be slower than endpoints.
health::ProbeLimits delivery_limits();

enum class DeliveryOutcome {
  kTaken,
  kRefused,  // this notice; another try would end alike
  kFailed,
};

// `text` says what happened in words.
using OnDelivered = std::function<void(DeliveryOutcome outcome, const std::string& text)>;

// Calls `on_delivered` on the thread of `io`, which must be the calling one, once and never before
// it returns. `settings` must outlive the delivery. The result cancels it, without a call.
health::CancelProbe deliver(boost::asio::io_context& io, const DeliverySettings& settings,
                            const model::Notice& notice, const model::NoticeReceiver& receiver,
                            OnDelivered on_delivered);

}  // namespace signpost::notices
