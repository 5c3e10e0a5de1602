// One probe of one endpoint.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/health_check.h"
#include "upstream/server.h"

namespace boost::asio {
class io_context;
}

namespace signpost::health {

class TlsContexts;
class KeptConnectionPlaces;
class ProbeMemory;

// Time limits (route53 section 2.2). The whole response header must be there within `http_header`
// after the status line; Route 53 sets no limit there, and we do not wait for ever.
struct ProbeLimits {
  std::chrono::milliseconds tcp_connect = std::chrono::seconds(10);
  std::chrono::milliseconds http_connect = std::chrono::seconds(4);
  std::chrono::milliseconds tls_handshake = std::chrono::seconds(4);
  std::chrono::milliseconds http_status = std::chrono::seconds(2);
  std::chrono::milliseconds http_header = std::chrono::seconds(2);
  std::chrono::milliseconds http_body = std::chrono::seconds(2);
  std::chrono::milliseconds kept_connection = std::chrono::seconds(60);  // how old it may get
  std::chrono::milliseconds tcp_expect = std::chrono::seconds(2);
  std::chrono::milliseconds dns_reply = std::chrono::seconds(2);
  std::chrono::milliseconds icmp_reply = std::chrono::seconds(2);
  std::chrono::milliseconds grpc_call = std::chrono::seconds(6);
};

// What all probes of a daemon share.
struct ProbeSettings {
  ProbeSettings();

  ProbeLimits limits;
  std::vector<upstream::Server> resolvers;  // of names of targets, in the order to ask them
  std::string commands_folder;              // of external commands; empty: there are none
  std::shared_ptr<TlsContexts> tls;
  std::shared_ptr<KeptConnectionPlaces> kept_connections;
};

// kDiscarded says nothing about the endpoint: we ran out of descriptors or ports, or we slept
// across a limit. A limit that is noticed later than a tenth of it, or 200 ms, measures us and not
// the endpoint. kNoData: a metric that has no value and whose last known status is to hold.
enum class ProbeOutcome { kSuccess, kFailure, kDiscarded, kNoData };

struct ProbeStep {
  std::chrono::nanoseconds at{0};  // since the start
  std::string text;
};

struct ProbeResult {
  ProbeOutcome outcome = ProbeOutcome::kDiscarded;
  std::string text;  // "Success: …", "Failure: …", or why it was discarded
  std::chrono::nanoseconds elapsed{0};
  // Of the certificate that the endpoint showed.
  std::optional<std::chrono::system_clock::time_point> certificate_expires;
  std::vector<ProbeStep> steps;  // if they were asked for
};

struct ProbeRequest {
  model::HealthCheckPtr check;  // model::is_probed() is true
  // What the probes of one check hand on to the next; null: every probe begins anew.
  std::shared_ptr<ProbeMemory> memory;
  bool with_steps = false;
};

using OnProbeResult = std::function<void(const ProbeResult&)>;

// Ends the probe without a result. To be called on the thread of its io_context; does nothing after
// the result.
using CancelProbe = std::function<void()>;

// Starts a probe on `io`, whose thread must be the calling one; `on_result` is called there, once,
// and never before this returns. `settings` must outlive the probe.
CancelProbe start_probe(boost::asio::io_context& io, const ProbeSettings& settings,
                        const ProbeRequest& request, OnProbeResult on_result);

}  // namespace signpost::health
