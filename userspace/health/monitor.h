// Runs the health checks of a configuration and reports verdicts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/observations.h"

namespace boost::asio {
class io_context;
}

namespace signpost::health {

// What one check has seen. Times are wall clock, for people and the store; scheduling uses the monotonic clock.
struct CheckState {
  std::string id;
  std::string target;  // "http://10.53.0.2:8081/health"
  model::Health health = model::Health::kUnknown;  // inversion applied
  std::optional<std::chrono::system_clock::time_point> since;
  std::optional<std::chrono::system_clock::time_point> last_probe;
  std::string last_result;  // "Success: …" or "Failure: …"
  std::chrono::milliseconds latency{0};
  std::uint64_t probes = 0;
  std::uint64_t failures = 0;
  std::uint64_t flips = 0;
};

// Called on the monitor's thread when the health of a check becomes known or changes.
using OnVerdict = std::function<void(const CheckState&)>;

// All work happens on `io`, which the owner runs on one thread; the methods may be called from any thread.
class Monitor {
 public:
  Monitor(boost::asio::io_context& io, OnVerdict on_verdict);
  ~Monitor();

  // Makes exactly `checks` run. Checks that did not change keep their schedule and counts.
  void set_checks(std::vector<model::HealthCheckPtr> checks);

  // Health known from before a restart, for checks that have no verdict yet. Does not call on_verdict.
  void restore(const std::vector<CheckState>& states);

  // The state of every check, by id.
  std::vector<CheckState> states() const;

  // Ends all probes; no call of on_verdict begins after it returns.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace signpost::health
