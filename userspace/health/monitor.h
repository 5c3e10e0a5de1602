// Runs the health checks of a configuration and reports verdicts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "model/config.h"
#include "model/observations.h"

namespace boost::asio {
class io_context;
}

namespace signpost::health {

// What one check has seen. Times are wall clock, for people and the store; scheduling uses the
// monotonic clock.
struct CheckState {
  std::string id;
  std::string target;                              // "http://10.53.0.2:8081/health"
  model::Health health = model::Health::kUnknown;  // inversion applied
  std::optional<std::chrono::system_clock::time_point> since;
  std::optional<std::chrono::system_clock::time_point> last_probe;
  std::string last_result;               // "Success: …" or "Failure: …"
  std::chrono::milliseconds latency{0};  // of the last success
  std::uint64_t probes = 0;
  std::uint64_t failures = 0;
  std::uint64_t flips = 0;
};

// Called on the monitor's thread when the health of a check becomes known or changes. It may call
// the monitor.
using OnVerdict = std::function<void(const CheckState&)>;

// All work happens on `io`, which the owner runs on one thread and which must outlive the monitor;
// the methods may be called from any thread. The rules are those of Route 53 (route53 section 2.2),
// with one checker:
// - failure_threshold equal results in a row flip a check, but the first success of a new check
// makes it healthy at
//   once. Without a verdict a check is kUnknown, an inverted one kUnhealthy.
// - A disabled check is not probed and is healthy (inverted: unhealthy); that is reported as its
// verdict.
// - Our own lateness never marks an endpoint down: results and slots that come too late for it are
// dropped.
class Monitor {
 public:
  Monitor(boost::asio::io_context& io, OnVerdict on_verdict);
  ~Monitor();

  // Makes exactly `checks` run; ids are unique. Checks that did not change keep their schedule and
  // counts. A changed check starts anew but keeps its health until there is a new verdict; a change
  // of `inverted` or `disabled` acts at once.
  void set_checks(std::vector<model::HealthCheckPtr> checks);

  // Health known from before a restart, for checks that have no verdict yet. Does not call
  // on_verdict. States of checks that are not set wait for the next set_checks().
  void restore(const std::vector<CheckState>& states);

  // The state of every check, in the order of their ids.
  std::vector<CheckState> states() const;

  // Appends the metrics signpost_health_….
  void collect(std::vector<metrics::Family>& families) const;

  // Ends all probes for good. Waits for a running call of on_verdict, unless called from inside it;
  // none begins after it returns.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace signpost::health
