#include "health/monitor.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "health/judge.h"
#include "health/monitor_metrics.h"
#include "health/probe.h"
#include "health/schedule.h"
#include "health/target.h"

namespace signpost::health {

namespace asio = boost::asio;
using model::Health;
using model::HealthCheckPtr;
using std::chrono::milliseconds;

namespace {

std::string_view health_name(Health health) {
  switch (health) {
    case Health::kHealthy:
      return "healthy";
    case Health::kUnhealthy:
      return "unhealthy";
    case Health::kUnknown:
      break;
  }
  return "unknown";
}

// A check as it runs. A changed check is a new one.
struct Check {
  Check(asio::io_context& io, HealthCheckPtr check)
      : config(std::move(check)), judge(config->failure_threshold), timer(io) {
    state.id = config->id;
    state.target = target_text(*config);
  }

  const HealthCheckPtr config;

  // Guarded by Monitor::Impl::mutex_.
  Judge judge;
  CheckState state;
  Health reported = Health::kUnknown;  // what on_verdict's owner knows

  // Touched on the thread of io only.
  asio::steady_timer timer;
  std::optional<Schedule> schedule;
  CancelProbe cancel_probe;  // set while a probe runs
  bool retired = false;
};
using CheckPtr = std::shared_ptr<Check>;

// Brings state.health in line with the judge.
void refresh_health(Check& check) {
  const Health health = published_health(*check.config, check.judge.status());
  if (health == check.state.health) return;
  if (health != Health::kUnknown && check.state.health != Health::kUnknown) ++check.state.flips;
  check.state.health = health;
  check.state.since = std::chrono::system_clock::now();
}

void adopt(Check& check, const CheckState& stored) {
  check.judge = Judge(check.config->failure_threshold, status_behind(*check.config, stored.health));
  const std::string target = check.state.target;
  check.state = stored;
  check.state.target = target;
  check.reported = stored.health;
  refresh_health(check);
}

// The health of a check before a change is its health after it, until there is a verdict.
void inherit(Check& check, const Check& before) {
  const Health status = before.config->disabled ? Health::kHealthy : before.judge.status();
  check.judge = Judge(check.config->failure_threshold, status);
  check.state.health = before.state.health;
  check.state.since = before.state.since;
  check.reported = before.reported;
  refresh_health(check);
}

}  // namespace

class Monitor::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, OnVerdict on_verdict) : io_(io), on_verdict_(std::move(on_verdict)) {}

  void set_checks(std::vector<HealthCheckPtr> checks);
  void restore(const std::vector<CheckState>& states);
  std::vector<CheckState> states() const;
  void collect(std::vector<metrics::Family>& families) const;
  void stop();

 private:
  CheckPtr make_check(const HealthCheckPtr& config, const Check* before);
  bool is_current(const CheckPtr& check) const;

  // On the thread of io_.
  void begin(const CheckPtr& check);
  void retire(const CheckPtr& check);
  void await_slot(const CheckPtr& check);
  void on_slot(const CheckPtr& check);
  void drop_probe(const CheckPtr& check);
  void probe(const CheckPtr& check);
  void on_result(const CheckPtr& check, const ProbeResult& result);
  void report(const CheckPtr& check);

  asio::io_context& io_;
  const OnVerdict on_verdict_;
  const ProbeLimits limits_;
  MonitorMetrics metrics_;

  std::recursive_mutex in_verdict_;  // held while on_verdict_ runs; taken before mutex_
  mutable std::mutex mutex_;         // guards what follows
  std::map<std::string, CheckPtr> checks_;
  std::map<std::string, CheckState> restored_;  // of checks that are not set yet
  bool stopped_ = false;
};

CheckPtr Monitor::Impl::make_check(const HealthCheckPtr& config, const Check* before) {
  auto check = std::make_shared<Check>(io_, config);
  const auto stored = restored_.find(config->id);
  if (before != nullptr) {
    inherit(*check, *before);
  } else if (stored != restored_.end() && !config->disabled) {
    adopt(*check, stored->second);
  } else {
    refresh_health(*check);
  }
  return check;
}

void Monitor::Impl::set_checks(std::vector<HealthCheckPtr> checks) {
  std::vector<CheckPtr> fresh;
  std::vector<CheckPtr> gone;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    std::map<std::string, CheckPtr> next;
    for (const HealthCheckPtr& config : checks) {
      const auto found = checks_.find(config->id);
      const Check* before = found == checks_.end() ? nullptr : found->second.get();
      if (before != nullptr && (before->config == config || *before->config == *config)) {
        next.insert(*found);
      } else {
        fresh.push_back(next[config->id] = make_check(config, before));
      }
    }
    restored_.clear();
    checks_.swap(next);
    for (const auto& [id, check] : next) {
      const auto kept = checks_.find(id);
      if (kept == checks_.end() || kept->second != check) gone.push_back(check);
    }
  }
  asio::post(io_, [self = shared_from_this(), fresh = std::move(fresh), gone = std::move(gone)] {
    for (const CheckPtr& check : gone) self->retire(check);
    for (const CheckPtr& check : fresh) self->begin(check);
  });
}

void Monitor::Impl::restore(const std::vector<CheckState>& states) {
  const std::lock_guard lock(mutex_);
  for (const CheckState& stored : states) {
    if (stored.health == Health::kUnknown) continue;
    const auto found = checks_.find(stored.id);
    if (found == checks_.end()) {
      restored_[stored.id] = stored;
    } else if (!found->second->config->disabled &&
               found->second->judge.status() == Health::kUnknown) {
      adopt(*found->second, stored);
    }
  }
}

std::vector<CheckState> Monitor::Impl::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<CheckState> result;
  result.reserve(checks_.size());
  for (const auto& [id, check] : checks_) result.push_back(check->state);
  return result;
}

void Monitor::Impl::collect(std::vector<metrics::Family>& families) const {
  metrics_.collect(states(), families);
}

void Monitor::Impl::stop() {
  std::map<std::string, CheckPtr> gone;
  {
    const std::lock_guard no_verdict(in_verdict_);
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    gone = checks_;
  }
  asio::post(io_, [self = shared_from_this(), gone = std::move(gone)] {
    for (const auto& [id, check] : gone) self->retire(check);
  });
}

bool Monitor::Impl::is_current(const CheckPtr& check) const {
  const auto found = checks_.find(check->config->id);
  return !stopped_ && found != checks_.end() && found->second == check;
}

void Monitor::Impl::begin(const CheckPtr& check) {
  if (check->retired) return;  // two threads changed the checks, and the later one was faster
  report(check);
  if (check->config->disabled) return;
  check->schedule.emplace(check->config->id, check->config->request_interval,
                          std::chrono::steady_clock::now());
  await_slot(check);
}

void Monitor::Impl::retire(const CheckPtr& check) {
  check->retired = true;
  check->timer.cancel();
  drop_probe(check);
}

void Monitor::Impl::await_slot(const CheckPtr& check) {
  check->timer.expires_at(check->schedule->due());
  check->timer.async_wait([self = shared_from_this(), check](const boost::system::error_code&) {
    if (!check->retired) self->on_slot(check);
  });
}

void Monitor::Impl::on_slot(const CheckPtr& check) {
  const Schedule::Slot slot = check->schedule->take(std::chrono::steady_clock::now());
  if (slot.late) {
    static log::RateLimit limit;
    log::warning(limit, "health checks run late; their results are dropped",
                 {{"check", check->config->id}, {"skipped", slot.skipped}});
    drop_probe(check);
  } else if (slot.probe && check->cancel_probe) {
    metrics_.count_busy_slot();
  } else if (slot.probe) {
    probe(check);
  }
  metrics_.count_late_slots(slot.skipped);
  await_slot(check);
}

void Monitor::Impl::drop_probe(const CheckPtr& check) {
  const CancelProbe cancel = std::exchange(check->cancel_probe, nullptr);
  if (!cancel) return;
  cancel();
  metrics_.count_probe(check->config->kind, {});
}

void Monitor::Impl::probe(const CheckPtr& check) {
  check->cancel_probe = start_probe(io_, check->config, limits_,
                                    [self = shared_from_this(), check](const ProbeResult& result) {
                                      check->cancel_probe = nullptr;
                                      self->on_result(check, result);
                                    });
}

void Monitor::Impl::on_result(const CheckPtr& check, const ProbeResult& result) {
  metrics_.count_probe(check->config->kind, result);
  if (log::debug_enabled())
    log::debug("health probe ended", {{"check", check->config->id}, {"result", result.text}});
  if (result.outcome == ProbeOutcome::kDiscarded) {
    static log::RateLimit limit;
    log::warning(limit, "health probe discarded",
                 {{"check", check->config->id}, {"reason", result.text}});
    return;
  }
  const bool success = result.outcome == ProbeOutcome::kSuccess;
  {
    const std::lock_guard lock(mutex_);
    CheckState& state = check->state;
    ++state.probes;
    state.failures += success ? 0 : 1;
    state.last_probe = std::chrono::system_clock::now();
    state.last_result = result.text;
    if (success) state.latency = std::chrono::duration_cast<milliseconds>(result.elapsed);
    check->judge.observe(success);
    refresh_health(*check);
  }
  report(check);
}

void Monitor::Impl::report(const CheckPtr& check) {
  const std::lock_guard verdict(in_verdict_);
  CheckState state;
  {
    const std::lock_guard lock(mutex_);
    if (!is_current(check) || check->state.health == check->reported) return;
    check->reported = check->state.health;
    state = check->state;
  }
  log::info("health changed", {{"check", state.id},
                               {"health", health_name(state.health)},
                               {"target", state.target},
                               {"result", state.last_result}});
  on_verdict_(state);
}

Monitor::Monitor(asio::io_context& io, OnVerdict on_verdict)
    : impl_(std::make_shared<Impl>(io, std::move(on_verdict))) {}

Monitor::~Monitor() { stop(); }

void Monitor::set_checks(std::vector<HealthCheckPtr> checks) {
  impl_->set_checks(std::move(checks));
}

void Monitor::restore(const std::vector<CheckState>& states) { impl_->restore(states); }

std::vector<CheckState> Monitor::states() const { return impl_->states(); }

void Monitor::collect(std::vector<metrics::Family>& families) const { impl_->collect(families); }

void Monitor::stop() { impl_->stop(); }

}  // namespace signpost::health
