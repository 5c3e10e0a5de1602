#include "daemon/daemon.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <grpcpp/impl/codegen/service_type.h>

#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/status.h"
#include "control/controller.h"
#include "control/grpc_server.h"
#include "control/http_endpoint.h"
#include "control/services.h"
#include "control/store.h"
#include "daemon/metrics_collectors.h"
#include "health/monitor.h"
#include "server/dns_server.h"
#include "server/live_table.h"

namespace signpost::daemon {

class Daemon::Impl {
 public:
  explicit Impl(Options options)
      : options_(std::move(options)), started_(std::chrono::system_clock::now()) {}
  ~Impl() { stop(); }

  absl::Status start() {
    const absl::Status status = start_all();
    if (!status.ok()) stop();
    return status;
  }

  void stop();

 private:
  absl::Status start_all();
  absl::Status start_serving();
  absl::Status start_http();
  void run_io();
  control::ServiceContext service_context();
  void register_metrics();
  void announce() const;

  const Options options_;
  const std::chrono::system_clock::time_point started_;
  std::string userspace_reason_;

  // In the order in which they are built; what comes later uses what comes before.
  std::unique_ptr<control::Store> store_;
  server::LiveTable live_;
  std::unique_ptr<control::FastPath> fast_path_;
  std::unique_ptr<server::DnsServer> dns_;
  boost::asio::io_context io_{1};
  std::unique_ptr<control::Controller> controller_;
  std::unique_ptr<health::Monitor> monitor_;
  std::unique_ptr<grpc::Service> config_service_;
  std::unique_ptr<grpc::Service> status_service_;
  std::unique_ptr<control::GrpcServer> grpc_;
  metrics::Registry metrics_;
  std::vector<metrics::Registry::Registration> collectors_;
  std::unique_ptr<control::HttpEndpoint> http_;
  std::atomic<bool> serving_{false};
  std::thread io_thread_;
};

absl::Status Daemon::Impl::start_all() {
  ASSIGN_OR_RETURN(store_, control::Store::open(options_.data));
  if (options_.interface.empty()) userspace_reason_ = "no --interface was given";
  dns_ = std::make_unique<server::DnsServer>(
      server::ServerOptions{
          .listen = options_.listen, .port = options_.port, .threads = options_.threads},
      live_);
  monitor_ = std::make_unique<health::Monitor>(
      io_, [this](const health::CheckState& state) { controller_->on_verdict(state); });
  control::ControllerOptions controlled;
  controlled.first_verdict_wait = options_.first_verdict_wait;
  controlled.checks_changed = [this](std::vector<model::HealthCheckPtr> checks) {
    monitor_->set_checks(std::move(checks));
  };
  controlled.counter_released = [this](std::uint32_t counter) {
    dns_->reset_answer_count(counter);
  };
  controller_ = std::make_unique<control::Controller>(std::move(controlled), *store_, live_,
                                                      fast_path_.get());
  RETURN_IF_ERROR(controller_->start());
  std::vector<health::CheckState> known;
  for (const auto& [id, stored] : controller_->known_health()) {
    health::CheckState& state = known.emplace_back();
    state.id = id;
    state.health = stored.health;
    state.since = stored.since;
  }
  monitor_->restore(known);
  return start_serving();
}

absl::Status Daemon::Impl::start_serving() {
  RETURN_IF_ERROR(dns_->start());
  const control::ServiceContext context = service_context();
  config_service_ = control::make_config_service(context);
  status_service_ = control::make_status_service(context);
  ASSIGN_OR_RETURN(grpc_,
                   control::GrpcServer::start(options_.control_socket,
                                              {config_service_.get(), status_service_.get()}));
  register_metrics();
  RETURN_IF_ERROR(start_http());
  io_thread_ = std::thread([this] { run_io(); });
  serving_ = true;
  announce();
  return absl::OkStatus();
}

absl::Status Daemon::Impl::start_http() {
  if (options_.http_address.empty()) return absl::OkStatus();
  http_ = std::make_unique<control::HttpEndpoint>(
      io_, control::Routes{{"/metrics", control::metrics_handler(metrics_)},
                           {"/health", control::health_handler([this] {
                              return serving_ ? std::nullopt
                                              : std::optional<std::string>("stopping");
                            })}});
  return http_->start(options_.http_address, options_.http_port);
}

void Daemon::Impl::run_io() {
  const auto work = boost::asio::make_work_guard(io_);
  io_.run();
}

control::ServiceContext Daemon::Impl::service_context() {
  control::ServiceContext context;
  context.controller = controller_.get();
  context.store = store_.get();
  context.fast_path = fast_path_.get();
  context.userspace_reason = userspace_reason_;
  context.server_stats = [this] { return dns_->stats(); };
  context.slow_answer_count = [this](std::uint32_t counter) { return dns_->answer_count(counter); };
  context.check_states = [this] { return monitor_->states(); };
  for (const std::string& address : options_.listen) {
    context.listen.push_back(absl::StrCat(
        address.find(':') == std::string::npos ? address : absl::StrCat("[", address, "]"), ":",
        options_.port));
  }
  context.version = SIGNPOST_VERSION;
  context.started = started_;
  return context;
}

void Daemon::Impl::register_metrics() {
  collectors_.push_back(metrics_.add(collect_build_info));
  collectors_.push_back(metrics_.add([this](std::vector<metrics::Family>& families) {
    collect_slow_path(dns_->stats(), families);
  }));
  collectors_.push_back(metrics_.add([this](std::vector<metrics::Family>& families) {
    collect_fast_path(fast_path_ ? fast_path_->report() : control::FastPathReport{}, families);
  }));
  collectors_.push_back(metrics_.add(
      [this](std::vector<metrics::Family>& families) { controller_->collect_metrics(families); }));
  collectors_.push_back(metrics_.add(
      [this](std::vector<metrics::Family>& families) { monitor_->collect(families); }));
}

void Daemon::Impl::announce() const {
  const control::RunningPtr running = controller_->running();
  if (fast_path_ == nullptr) {
    log::info("userspace mode: the daemon answers all queries", {{"reason", userspace_reason_}});
  }
  log::info("serving", {{"listen", absl::StrJoin(options_.listen, ",")},
                        {"port", options_.port},
                        {"control", options_.control_socket},
                        {"generation", running->config.generation},
                        {"zones", running->config.zones.size()},
                        {"record_sets", running->record_sets_total},
                        {"version", SIGNPOST_VERSION}});
}

void Daemon::Impl::stop() {
  serving_ = false;
  if (grpc_) grpc_->stop();
  if (monitor_) monitor_->stop();
  if (http_) http_->stop();
  io_.stop();
  if (io_thread_.joinable()) io_thread_.join();
  collectors_.clear();
  if (controller_) controller_->stop();
  if (dns_) dns_->stop();
}

Daemon::Daemon(Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Daemon::~Daemon() = default;
absl::Status Daemon::start() { return impl_->start(); }
void Daemon::stop() { impl_->stop(); }

}  // namespace signpost::daemon
