#include "health/running_check.h"

#include <utility>

#include "model/calculation.h"

namespace signpost::health {

using model::Health;
using model::published_health;
using model::status_behind;

RunningCheck::RunningCheck(boost::asio::io_context& io, model::HealthCheckPtr check)
    : config(std::move(check)), judge(thresholds_of(*config)), timer(io), confirm_timer(io) {
  state.id = config->id;
  state.kind = model::kind_name(config->kind);
  state.target = model::target_text(config->kind);
}

bool refresh_health(RunningCheck& check) {
  const Health health = published_health(*check.config, check.judge.status());
  if (health == check.state.health) return false;
  if (health != Health::kUnknown && check.state.health != Health::kUnknown) ++check.state.flips;
  check.state.health = health;
  check.state.since = std::chrono::system_clock::now();
  return true;
}

void note_result(RunningCheck& check, const ProbeResult& result) {
  CheckState& state = check.state;
  ++state.probes;
  state.last_probe = std::chrono::system_clock::now();
  state.last_result = result.text;
  if (result.certificate_expires) state.certificate_expires = result.certificate_expires;
  if (result.outcome == ProbeOutcome::kSuccess)
    state.latency = std::chrono::duration_cast<std::chrono::milliseconds>(result.elapsed);
  if (result.outcome != ProbeOutcome::kFailure) return;
  ++state.failures;
  state.last_failure = result.text;
  state.last_failure_time = state.last_probe;
}

bool set_status(RunningCheck& check, Health status, std::string why) {
  check.state.last_result = std::move(why);
  if (status == Health::kUnhealthy) {
    check.state.last_failure = check.state.last_result;
    check.state.last_failure_time = std::chrono::system_clock::now();
  }
  check.judge = Judge(thresholds_of(*check.config), status);
  return refresh_health(check);
}

void adopt(RunningCheck& check, const CheckState& stored) {
  check.judge = Judge(thresholds_of(*check.config), status_behind(*check.config, stored.health));
  const std::string kind = check.state.kind;
  const std::string target = check.state.target;
  check.state = stored;
  check.state.kind = kind;
  check.state.target = target;
  check.reported = stored.health;
  refresh_health(check);
}

void inherit(RunningCheck& check, const RunningCheck& before) {
  const Health status = before.config->disabled ? Health::kHealthy : before.judge.status();
  check.judge = Judge(thresholds_of(*check.config), status);
  check.state.health = before.state.health;
  check.state.since = before.state.since;
  check.reported = before.reported;
  refresh_health(check);
}

}  // namespace signpost::health
