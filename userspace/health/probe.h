// One probe of one endpoint.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "model/config.h"

namespace boost::asio {
class io_context;
}

namespace signpost::health {

// Time limits (route53 section 2.2). The whole response header must be there within `header` after
// the status line; Route 53 sets no limit there, and we do not wait for ever.
struct ProbeLimits {
  std::chrono::milliseconds tcp_connect = std::chrono::seconds(10);
  std::chrono::milliseconds http_connect = std::chrono::seconds(4);
  std::chrono::milliseconds http_status = std::chrono::seconds(2);
  std::chrono::milliseconds http_header = std::chrono::seconds(2);
};

// kDiscarded says nothing about the endpoint: we ran out of descriptors or ports, or we slept
// across a limit. A limit that is noticed later than a tenth of it, or 200 ms, measures us and not
// the endpoint.
enum class ProbeOutcome { kSuccess, kFailure, kDiscarded };

struct ProbeResult {
  ProbeOutcome outcome = ProbeOutcome::kDiscarded;
  std::string text;  // "Success: …", "Failure: …", or why it was discarded
  std::chrono::nanoseconds elapsed{0};
};

using OnProbeResult = std::function<void(const ProbeResult&)>;

// Ends the probe without a result. To be called on the thread of its io_context; does nothing after
// the result.
using CancelProbe = std::function<void()>;

// Starts a probe on `io`, whose thread must be the calling one; `on_result` is called there, once,
// and never before this returns. Reads no more than 16,384 octets of whatever the endpoint sends.
CancelProbe start_probe(boost::asio::io_context& io, model::HealthCheckPtr check,
                        const ProbeLimits& limits, OnProbeResult on_result);

}  // namespace signpost::health
