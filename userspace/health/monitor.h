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
#include "health/blind_prober.h"
#include "health/probe.h"
#include "model/config.h"
#include "model/notice.h"
#include "model/observations.h"

namespace boost::asio {
class io_context;
}

namespace signpost::health {

// What one check has seen. Times are wall clock, for people and the store; scheduling uses the
// monotonic clock.
struct CheckState {
  std::string id;
  std::string kind;                                // model::kind_name()
  std::string target;                              // model::target_text()
  model::Health health = model::Health::kUnknown;  // inversion applied
  std::optional<std::chrono::system_clock::time_point> since;
  std::optional<std::chrono::system_clock::time_point> last_probe;
  std::string last_result;   // "Success: …", "Failure: …" or "No data: …"
  std::string last_failure;  // the last "Failure: …"
  std::optional<std::chrono::system_clock::time_point> last_failure_time;
  std::chrono::milliseconds latency{0};  // of the last success
  std::uint64_t probes = 0;
  std::uint64_t failures = 0;
  std::uint64_t flips = 0;
  // Of the certificate that the target showed last, and whether that is within the days in which to
  // warn.
  std::optional<std::chrono::system_clock::time_point> certificate_expires;
  bool certificate_expires_soon = false;
};

// Called on the monitor's thread when the health of a check becomes known or changes. It may call
// the monitor.
using OnVerdict = std::function<void(const CheckState&)>;

// Called likewise with what the operator is to be told of, verdicts aside.
using OnEvent = std::function<void(model::NoticeEvent)>;

// All work happens on `io`, which the owner runs on one thread and which must outlive the monitor;
// the methods may be called from any thread. The rules are those of Route 53 (route53 section 2.2),
// with one checker:
// - Results in a row flip a check (Thresholds), but the first success of a new check makes it
//   healthy at once. Without a verdict a check is kUnknown, an inverted one kUnhealthy.
// - A disabled check is not probed and is healthy (inverted: unhealthy); that is reported as its
//   verdict.
// - A calculated check follows its children at once. A switch stays as it was set; a new one is on.
// - When most targets fail at once, their failures are left out for a while (BlindProber).
// - Our own lateness never marks an endpoint down: results and slots that come too late for it are
//   dropped.
class Monitor {
 public:
  Monitor(boost::asio::io_context& io, OnVerdict on_verdict, ProbeSettings settings = {},
          OnEvent on_event = nullptr, BlindProberSettings blind_prober = {});
  ~Monitor();

  // Makes exactly `checks` run; ids are unique. Checks that did not change keep their schedule and
  // counts. A changed check starts anew but keeps its health until there is a new verdict; a change
  // of `inverted` or `disabled` acts at once.
  void set_checks(std::vector<model::HealthCheckPtr> checks);

  // Health known from before a restart, for checks that have no verdict yet. Does not call
  // on_verdict. States of checks that are not set wait for the next set_checks().
  void restore(const std::vector<CheckState>& states);

  // Sets a switch (model::RecoveryControl), whose health the owner of on_verdict already knows:
  // on_verdict is called for checks that are calculated from it only. Does nothing if there is no
  // such switch.
  void set_switch(const std::string& id, bool on, const std::string& reason);

  // Probes once, now, with steps, whether the check is set or not; nothing comes of it but
  // `on_result`, which is called on the monitor's thread, or destroyed where the monitor stops.
  void test(model::HealthCheckPtr check, OnProbeResult on_result);

  // The state of every check, in the order of their ids.
  std::vector<CheckState> states() const;

  // Since when the prober suspects itself (BlindProber); wall clock.
  std::optional<std::chrono::system_clock::time_point> blind_since() const;

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
