#include "daemon/daemon.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "daemon/daemon_impl.h"
#include "daemon/descriptor_limit.h"

namespace signpost::daemon {

absl::Status Daemon::Impl::start_all() {
  ASSIGN_OR_RETURN(const std::size_t descriptors, raise_descriptor_limit());
  ASSIGN_OR_RETURN(store_, control::Store::open(options_.data, {.history_kept = options_.history}));
  load_locations();
  RETURN_IF_ERROR(open_fast_path());
  ASSIGN_OR_RETURN(server::ServerOptions serving, serving_options(descriptors));
  guard_keeper_ = std::make_unique<GuardKeeper>(
      GuardKeeperOptions{.interfaces = options_.interfaces,
                         .secrets_folder = options_.secrets,
                         .own_secret = absl::StrCat(options_.data, "/cookie-secret"),
                         .chaos = options_.chaos},
      guard_, fast_path_.get());
  if (!options_.dnstap.empty()) RETURN_IF_ERROR(open_dnstap());
  query_taps_.emplace(dnstap_.get(), query_watch_);
  start_transfers(std::move(serving));
  load_notices();
  RETURN_IF_ERROR(start_controller());
  start_locations();
  control::SchedulerContext scheduling;
  scheduling.controller = controller_.get();
  scheduling.store = store_.get();
  scheduling.relocate = [this] { return locations_->rebuild(); };
  scheduler_ = std::make_unique<control::Scheduler>(std::move(scheduling));
  RETURN_IF_ERROR(scheduler_->load());
  return start_serving();
}

absl::Status Daemon::Impl::start_serving() {
  RETURN_IF_ERROR(dns_->start());
  start_samples();
  if (fast_path_) RETURN_IF_ERROR(fast_path_->attach());
  attached_ = fast_path_ != nullptr;
  // On the thread of the HTTP endpoint: a look may wait while a large change is published.
  if (fast_path_) {
    attachment_watch_.emplace(http_io_, *fast_path_);
    heartbeat_.emplace(*fast_path_, std::chrono::seconds(options_.pass_after_seconds));
  }
  guard_keeper_->keep_fresh(http_io_);
  if (certificate_keeper_) certificate_keeper_->keep_fresh(http_io_);
  make_services();
  RETURN_IF_ERROR(start_grpc());
  scheduler_->start();
  register_metrics();
  RETURN_IF_ERROR(start_http());
  start_threads();
  secondary_keeper_->start(*controller_);
  serving_ = true;
  announce();
  return absl::OkStatus();
}

void Daemon::Impl::start_threads() {
  probes_thread_ = std::thread([this] { run(probes_io_); });
  http_thread_ = std::thread([this] { run(http_io_); });
  upstream_thread_ = std::thread([this] { run(upstream_io_); });
  notices_thread_ = std::thread([this] { run(notices_io_); });
}

void Daemon::Impl::feed_watchdog(std::chrono::nanoseconds limit, std::function<void()> feed) {
  const auto ask = [](boost::asio::io_context& io) {
    return [&io](std::function<void()> answer) { boost::asio::post(io, std::move(answer)); };
  };
  watchdog_.emplace(
      limit,
      std::vector<WatchedThreads>{
          {"control", 1,
           [this](std::function<void()> answer) { controller_->ask_thread(std::move(answer)); }},
          {"dns", dns_->threads(),
           [this](const std::function<void()>& answer) { dns_->ask_threads(answer); }},
          {"probes", 1, ask(probes_io_)},
          {"http", 1, ask(http_io_)},
          {"upstream", 1, ask(upstream_io_)},
          {"secondary", 1, ask(secondary_keeper_->io())},
          {"notices", 1, ask(notices_io_)}},
      std::move(feed));
}

void Daemon::Impl::run(boost::asio::io_context& io) {
  const auto work = boost::asio::make_work_guard(io);
  io.run();
}

void Daemon::Impl::detach() {
  if (!attached_ || options_.keep_attached) return;
  attached_ = false;
  if (const absl::Status detached = fast_path_->detach(); !detached.ok()) {
    log::warning("the program could not be taken off an interface",
                 {{"error", std::string(detached.message())}});
  }
}

void Daemon::Impl::stop() {
  serving_ = false;
  watchdog_.reset();
  stopping_ = true;
  // First: calls may be waiting for a map of clients, which this leaves off.
  if (locations_) locations_->stop();
  if (notice_log_) notice_log_->close();
  if (grpc_) grpc_->stop();
  if (scheduler_) scheduler_->stop();
  if (monitor_) monitor_->stop();
  if (resolver_) resolver_->stop();
  if (secondary_keeper_) secondary_keeper_->stop();
  if (http_) http_->stop();
  for (boost::asio::io_context* io : {&probes_io_, &http_io_, &upstream_io_, &notices_io_})
    io->stop();
  for (std::thread* thread : {&probes_thread_, &http_thread_, &upstream_thread_, &notices_thread_})
    if (thread->joinable()) thread->join();
  // What the monitor still had to do: it ends the commands that run.
  probes_io_.restart();
  probes_io_.poll();
  collectors_.clear();
  if (controller_) controller_->stop();
  if (dispatcher_) dispatcher_->finish();
  notices_io_.restart();
  notices_io_.poll();
  heartbeat_.reset();
  detach();
  sample_tap_.reset();
  if (dns_) dns_->stop();
  dnstap_.reset();  // hands on what is queued
}

Daemon::Daemon(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Daemon::~Daemon() = default;
absl::Status Daemon::start() { return impl_->start(); }
void Daemon::stop() { impl_->stop(); }
void Daemon::keep_attached() { impl_->keep_attached(); }
void Daemon::feed_watchdog(std::chrono::nanoseconds limit, std::function<void()> feed) {
  impl_->feed_watchdog(limit, std::move(feed));
}
void Daemon::reload() { impl_->reload(); }

}  // namespace signpost::daemon
