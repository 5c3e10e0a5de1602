// A check as the monitor runs it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "health/judge.h"
#include "health/monitor.h"
#include "health/probe.h"
#include "health/schedule.h"

namespace signpost::health {

// A changed check is a new one.
struct RunningCheck {
  RunningCheck(boost::asio::io_context& io, model::HealthCheckPtr check);

  const model::HealthCheckPtr config;

  // Guarded by the monitor's mutex.
  Judge judge;
  CheckState state;
  model::Health reported = model::Health::kUnknown;  // what the owner of on_verdict knows

  // Touched on the thread of io only.
  boost::asio::steady_timer timer;
  boost::asio::steady_timer confirm_timer;
  std::optional<Schedule> schedule;
  CancelProbe cancel_probe;  // set while a probe runs
  std::shared_ptr<ProbeMemory> memory;
  std::optional<std::chrono::steady_clock::time_point> warned_of_certificate;
  bool retired = false;
};
using RunningCheckPtr = std::shared_ptr<RunningCheck>;

// Brings state.health in line with the judge; whether that changed it.
bool refresh_health(RunningCheck& check);

// Takes the result of a probe into the state.
void note_result(RunningCheck& check, const ProbeResult& result);

// Sets the status of a check that is not probed; whether its health changed.
bool set_status(RunningCheck& check, model::Health status, std::string why);

// What was stored of a check before a restart.
void adopt(RunningCheck& check, const CheckState& stored);

// The health of a check before a change is its health after it, until there is a verdict.
void inherit(RunningCheck& check, const RunningCheck& before);

}  // namespace signpost::health
