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
#include "health/certificate_warning.h"
#include "health/monitor_metrics.h"
#include "health/probes/probe_memory.h"
#include "health/running_check.h"
#include "model/calculation.h"

namespace signpost::health {

namespace asio = boost::asio;
using model::Health;
using model::HealthCheckPtr;

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

bool is_switch(const model::HealthCheck& check) {
  return std::holds_alternative<model::RecoveryControl>(check.kind);
}

}  // namespace

class Monitor::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, OnVerdict on_verdict, ProbeSettings settings, OnEvent on_event,
       BlindProberSettings blind_prober)
      : io_(io),
        on_verdict_(std::move(on_verdict)),
        on_event_(std::move(on_event)),
        settings_(std::move(settings)),
        blind_prober_(std::move(blind_prober)) {}

  void set_checks(std::vector<HealthCheckPtr> checks);
  void restore(const std::vector<CheckState>& states);
  void set_switch(const std::string& id, bool on, const std::string& reason);
  void test(HealthCheckPtr check, OnProbeResult on_result);
  std::vector<CheckState> states() const;
  std::optional<std::chrono::system_clock::time_point> blind_since() const;
  void collect(std::vector<metrics::Family>& families) const;
  void stop();

 private:
  // With mutex_ held: takes the result into the verdict, unless the prober suspects itself.
  void judge(RunningCheck& check, bool success);
  void tell_of_prober(const model::BlindProberEvent& event);
  // With mutex_ held: finds the parents of all checks; gives those that are calculated.
  std::vector<RunningCheckPtr> link_children();
  RunningCheckPtr make_check(const HealthCheckPtr& config, const RunningCheck* before);
  bool is_current(const RunningCheckPtr& check) const;
  // With mutex_ held: calculates anew what depends on `changed`, and adds what changes by that.
  void calculate_after(std::vector<RunningCheckPtr>& changed);
  bool calculate_anew(RunningCheck& check);

  // On the thread of io_.
  void begin(const RunningCheckPtr& check);
  void switch_on_if_new(const RunningCheckPtr& check);
  void retire(const RunningCheckPtr& check);
  void await_slot(const RunningCheckPtr& check);
  void on_slot(const RunningCheckPtr& check);
  void drop_probe(const RunningCheckPtr& check);
  void probe(const RunningCheckPtr& check);
  void on_result(const RunningCheckPtr& check, const ProbeResult& result);
  void confirm_later(const RunningCheckPtr& check);
  void report(const RunningCheckPtr& check);

  asio::io_context& io_;
  const OnVerdict on_verdict_;
  const OnEvent on_event_;
  const ProbeSettings settings_;
  MonitorMetrics metrics_;

  std::recursive_mutex in_verdict_;  // held while on_verdict_ runs; taken before mutex_
  mutable std::mutex mutex_;         // guards what follows
  std::map<std::string, RunningCheckPtr> checks_;
  std::multimap<std::string, RunningCheckPtr> parents_;  // calculated checks, by child
  BlindProber blind_prober_;
  std::map<std::string, CheckState> restored_;  // of checks that are not set yet
  bool stopped_ = false;
};

RunningCheckPtr Monitor::Impl::make_check(const HealthCheckPtr& config,
                                          const RunningCheck* before) {
  auto check = std::make_shared<RunningCheck>(io_, config);
  check->memory = std::make_shared<ProbeMemory>(settings_.kept_connections);
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
  std::vector<RunningCheckPtr> fresh;
  std::vector<RunningCheckPtr> gone;
  std::vector<RunningCheckPtr> calculated;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    std::map<std::string, RunningCheckPtr> next;
    for (const HealthCheckPtr& config : checks) {
      const auto found = checks_.find(config->id);
      const RunningCheck* before = found == checks_.end() ? nullptr : found->second.get();
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
    calculated = link_children();
  }
  asio::post(io_, [self = shared_from_this(), fresh = std::move(fresh), gone = std::move(gone),
                   calculated = std::move(calculated)] {
    for (const RunningCheckPtr& check : gone) self->retire(check);
    for (const RunningCheckPtr& check : fresh) self->begin(check);
    for (const RunningCheckPtr& check : calculated) self->report(check);
  });
}

std::vector<RunningCheckPtr> Monitor::Impl::link_children() {
  std::vector<RunningCheckPtr> calculated;
  parents_.clear();
  for (const auto& [id, check] : checks_) {
    const auto* children = std::get_if<model::CalculatedCheck>(&check->config->kind);
    if (children == nullptr) continue;
    for (const std::string& child : children->children) parents_.emplace(child, check);
    calculate_anew(*check);
    calculated.push_back(check);
  }
  calculate_after(calculated);
  return calculated;
}

bool Monitor::Impl::calculate_anew(RunningCheck& check) {
  const auto& kind = std::get<model::CalculatedCheck>(check.config->kind);
  model::Calculation calculation = model::calculate(kind, [&](const std::string& child) {
    const auto found = checks_.find(child);
    return found == checks_.end() ? Health::kUnknown : found->second->state.health;
  });
  return set_status(check, calculation.status, std::move(calculation.text));
}

// There are no cycles: policy::apply_batch() refuses them.
void Monitor::Impl::calculate_after(std::vector<RunningCheckPtr>& changed) {
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const auto [first, last] = parents_.equal_range(changed[i]->config->id);
    for (auto parent = first; parent != last; ++parent) {
      if (calculate_anew(*parent->second)) changed.push_back(parent->second);
    }
  }
}

void Monitor::Impl::set_switch(const std::string& id, bool on, const std::string& reason) {
  std::vector<RunningCheckPtr> changed;
  {
    const std::lock_guard lock(mutex_);
    const auto found = checks_.find(id);
    if (found == checks_.end() || !is_switch(*found->second->config)) return;
    RunningCheck& check = *found->second;
    const std::string why =
        std::string(on ? "Success: on" : "Failure: off") + (reason.empty() ? "" : ": " + reason);
    set_status(check, on ? Health::kHealthy : Health::kUnhealthy, why);
    check.reported = check.state.health;
    changed.push_back(found->second);
    calculate_after(changed);
  }
  asio::post(io_, [self = shared_from_this(), changed = std::move(changed)] {
    for (const RunningCheckPtr& check : changed) self->report(check);
  });
}

void Monitor::Impl::test(HealthCheckPtr check, OnProbeResult on_result) {
  asio::post(
      io_, [self = shared_from_this(), check = std::move(check), on_result = std::move(on_result)] {
        start_probe(self->io_, self->settings_, {check, nullptr, true},
                    [self, on_result](const ProbeResult& result) { on_result(result); });
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
  families
      .emplace_back(metrics::Type::kGauge, "signpost_health_prober_blind",
                    "1 while most targets failed at once and the last health is held.")
      .add(blind_since() ? 1 : 0);
}

void Monitor::Impl::stop() {
  std::map<std::string, RunningCheckPtr> gone;
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

bool Monitor::Impl::is_current(const RunningCheckPtr& check) const {
  const auto found = checks_.find(check->config->id);
  return !stopped_ && found != checks_.end() && found->second == check;
}

void Monitor::Impl::begin(const RunningCheckPtr& check) {
  if (check->retired) return;  // two threads changed the checks, and the later one was faster
  if (is_switch(*check->config)) switch_on_if_new(check);
  report(check);
  if (check->config->disabled || !model::is_probed(*check->config)) return;
  check->schedule.emplace(check->config->id, check->config->request_interval,
                          std::chrono::steady_clock::now());
  await_slot(check);
}

void Monitor::Impl::switch_on_if_new(const RunningCheckPtr& check) {
  std::vector<RunningCheckPtr> changed;
  {
    const std::lock_guard lock(mutex_);
    if (check->judge.status() != Health::kUnknown) return;
    set_status(*check, Health::kHealthy, "Success: on, as every new switch");
    changed.push_back(check);
    calculate_after(changed);
  }
  for (const RunningCheckPtr& each : changed) report(each);
}

void Monitor::Impl::retire(const RunningCheckPtr& check) {
  {
    const std::lock_guard lock(mutex_);
    blind_prober_.forget(check->config->id);
  }
  check->retired = true;
  check->timer.cancel();
  check->confirm_timer.cancel();
  drop_probe(check);
}

void Monitor::Impl::await_slot(const RunningCheckPtr& check) {
  check->timer.expires_at(check->schedule->due());
  check->timer.async_wait([self = shared_from_this(), check](const boost::system::error_code&) {
    if (!check->retired) self->on_slot(check);
  });
}

void Monitor::Impl::on_slot(const RunningCheckPtr& check) {
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

void Monitor::Impl::drop_probe(const RunningCheckPtr& check) {
  const CancelProbe cancel = std::exchange(check->cancel_probe, nullptr);
  if (!cancel) return;
  cancel();
  metrics_.count_probe(check->config->kind, {});
}

void Monitor::Impl::probe(const RunningCheckPtr& check) {
  check->cancel_probe = start_probe(io_, settings_, {check->config, check->memory},
                                    [self = shared_from_this(), check](const ProbeResult& result) {
                                      check->cancel_probe = nullptr;
                                      self->on_result(check, result);
                                    });
}

void Monitor::Impl::on_result(const RunningCheckPtr& check, const ProbeResult& result) {
  metrics_.count_probe(check->config->kind, result);
  if (log::debug_enabled())
    log::debug("health probe ended", {{"check", check->config->id}, {"result", result.text}});
  if (result.outcome == ProbeOutcome::kDiscarded) {
    static log::RateLimit limit;
    log::warning(limit, "health probe discarded",
                 {{"check", check->config->id}, {"reason", result.text}});
    return;
  }
  std::vector<RunningCheckPtr> changed{check};
  std::optional<model::CertificateEvent> certificate;
  std::optional<model::BlindProberEvent> prober;
  bool confirm = false;
  {
    const std::lock_guard lock(mutex_);
    note_result(*check, result);
    certificate = warn_of_certificate(*check);
    if (result.outcome != ProbeOutcome::kNoData)
      judge(*check, result.outcome == ProbeOutcome::kSuccess);
    prober = blind_prober_.take_event();
    if (refresh_health(*check)) calculate_after(changed);
    confirm = check->judge.awaits_confirmation();
  }
  if (prober) tell_of_prober(*prober);
  for (const RunningCheckPtr& each : changed) report(each);
  if (certificate && on_event_) on_event_(*std::move(certificate));
  if (confirm && !check->retired) confirm_later(check);
}

void Monitor::Impl::judge(RunningCheck& check, bool success) {
  const bool healthy = check.judge.status() == Health::kHealthy;
  const auto now = std::chrono::steady_clock::now();
  if (!blind_prober_.observe(*check.config, healthy, success, now)) check.judge.observe(success);
}

void Monitor::Impl::tell_of_prober(const model::BlindProberEvent& event) {
  const std::string summary = model::summary_of(event);
  event.blind ? log::error(summary) : log::warning(summary);
  if (on_event_) on_event_(event);
}

std::optional<std::chrono::system_clock::time_point> Monitor::Impl::blind_since() const {
  const std::lock_guard lock(mutex_);
  if (!blind_prober_.blind_since()) return std::nullopt;
  return std::chrono::system_clock::now() -
         (std::chrono::steady_clock::now() - *blind_prober_.blind_since());
}

void Monitor::Impl::confirm_later(const RunningCheckPtr& check) {
  check->confirm_timer.expires_after(check->config->confirm_after);
  check->confirm_timer.async_wait(
      [self = shared_from_this(), check](const boost::system::error_code& cancelled) {
        if (!cancelled && !check->retired && !check->cancel_probe) self->probe(check);
      });
}

void Monitor::Impl::report(const RunningCheckPtr& check) {
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

Monitor::Monitor(asio::io_context& io, OnVerdict on_verdict, ProbeSettings settings,
                 OnEvent on_event, BlindProberSettings blind_prober)
    : impl_(std::make_shared<Impl>(io, std::move(on_verdict), std::move(settings),
                                   std::move(on_event), std::move(blind_prober))) {}

Monitor::~Monitor() { stop(); }

void Monitor::set_checks(std::vector<HealthCheckPtr> checks) {
  impl_->set_checks(std::move(checks));
}

void Monitor::restore(const std::vector<CheckState>& states) { impl_->restore(states); }

void Monitor::set_switch(const std::string& id, bool on, const std::string& reason) {
  impl_->set_switch(id, on, reason);
}

void Monitor::test(HealthCheckPtr check, OnProbeResult on_result) {
  impl_->test(std::move(check), std::move(on_result));
}

std::vector<CheckState> Monitor::states() const { return impl_->states(); }

std::optional<std::chrono::system_clock::time_point> Monitor::blind_since() const {
  return impl_->blind_since();
}

void Monitor::collect(std::vector<metrics::Family>& families) const { impl_->collect(families); }

void Monitor::stop() { impl_->stop(); }

}  // namespace signpost::health
