// What every probe is, whatever it speaks: a limit under which it runs, one result, steps on the
// way.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "health/probe.h"

namespace signpost::health {

std::string duration_text(std::chrono::milliseconds duration);

// Errors of our side: they say nothing about the endpoint.
bool is_our_shortage(const boost::system::error_code& error);

class ProbeRun : public std::enable_shared_from_this<ProbeRun> {
 public:
  ProbeRun(boost::asio::io_context& io, const ProbeSettings& settings, ProbeRequest request,
           OnProbeResult on_result);
  virtual ~ProbeRun() = default;

  // Calls begin() soon, on the thread of io.
  void start();

  // Ends it without a result.
  void cancel();

 protected:
  virtual void begin() = 0;
  // The probe has succeeded; close() follows. What may be of use to the next can be put aside here.
  virtual void on_success() {}
  // Gives up what is under way. Handlers that come afterwards see goes_on() false.
  virtual void close() = 0;

  // Replaces the limit under which the probe runs; `failure` is what passing it means.
  void arm(std::chrono::milliseconds limit, std::string failure);

  // False if the probe is over. Ends it if we were late: the endpoint may have given up on us.
  bool goes_on();

  // Since it was made.
  std::chrono::nanoseconds elapsed() const { return Clock::now() - started_; }

  // Tells what has happened so far, if anybody wants to know.
  void step(const std::string& text);

  // Each ends the probe.
  void succeed(const std::string& what);
  void fail(const std::string& why) { on_failure(why); }
  void discard(const std::string& why) { end(ProbeOutcome::kDiscarded, why); }
  void end(ProbeOutcome outcome, const std::string& text);

  // What a failure means.
  virtual void on_failure(const std::string& why) { end(ProbeOutcome::kFailure, why); }

  void set_certificate_expiry(std::chrono::system_clock::time_point expires) {
    certificate_expires_ = expires;
  }

  // What handlers hold to keep the probe alive.
  template <typename Derived>
  static std::shared_ptr<Derived> keep(Derived* probe) {
    return std::static_pointer_cast<Derived>(probe->shared_from_this());
  }

  boost::asio::io_context& io() { return io_; }
  const ProbeSettings& settings() const { return settings_; }
  const ProbeLimits& limits() const { return settings_.limits; }
  const model::HealthCheck& check() const { return *request_.check; }
  // Null: every probe begins anew.
  const std::shared_ptr<ProbeMemory>& memory() const { return request_.memory; }
  void set_endpoint(std::string endpoint) { endpoint_ = std::move(endpoint); }
  // How messages call what is probed.
  const std::string& endpoint() const { return endpoint_; }

 private:
  using Clock = std::chrono::steady_clock;

  void on_limit(Clock::time_point deadline, const std::string& failure);

  boost::asio::io_context& io_;
  const ProbeSettings& settings_;
  const ProbeRequest request_;
  OnProbeResult on_result_;
  std::string endpoint_;
  boost::asio::steady_timer timer_;
  const Clock::time_point started_ = Clock::now();
  Clock::time_point deadline_{};
  Clock::time_point discard_after_ = Clock::time_point::max();
  std::optional<std::chrono::system_clock::time_point> certificate_expires_;
  std::vector<ProbeStep> steps_;
  bool done_ = false;
};

}  // namespace signpost::health
