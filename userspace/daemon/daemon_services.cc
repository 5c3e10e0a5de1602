// What the daemon is asked by gRPC and HTTP.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/impact_service.h"
#include "control/located_answers.h"
#include "control/schedule_service.h"
#include "control/services.h"
#include "control/traffic_service.h"
#include "daemon/daemon_impl.h"
#include "daemon/metrics_collectors.h"

namespace signpost::daemon {

void Daemon::Impl::make_services() {
  const control::ServiceContext context = service_context();
  services_.push_back(control::make_config_service(context));
  services_.push_back(control::make_status_service(context));
  services_.push_back(control::make_health_service(context));
  services_.push_back(control::make_location_service(context));
  services_.push_back(control::make_notice_service(context));
  services_.push_back(control::make_override_service(context));
  services_.push_back(control::make_schedule_service(*controller_, *scheduler_));
  services_.push_back(control::make_impact_service(
      {.controller = controller_.get(),
       .demand = [this] { return demand(); },
       .localities_for =
           [this](const model::Config& config) { return locations_->map_for(config); }}));
  make_traffic_service();
}

void Daemon::Impl::make_traffic_service() {
  control::AnswerCounts::Sources counted;
  counted.table = [this] { return controller_->running()->table; };
  counted.fast = [this](std::size_t counters) {
    return fast_path_ ? fast_path_->answer_counts(counters) : std::vector<std::uint64_t>();
  };
  counted.slow = [this](std::size_t counters) { return dns_->answer_counts(counters); };
  const datapath::Capacity capacity = fast_path_ ? fast_path_->capacity() : datapath::Capacity();
  answer_counts_.emplace(std::move(counted),
                         control::AnswerCounts::Capacity{capacity.rings, capacity.counters});
  control::TrafficSources sources;
  sources.counts = &*answer_counts_;
  sources.queries = &query_watch_;
  sources.running = [this] { return controller_->running(); };
  sources.reasons = [this] { return fast_path_report().reasons; };
  sources.fast_replies = [this] { return fast_replies(); };
  sources.slow_replies = [this] { return dns_->stats().replies; };
  sources.stopping = [this] { return stopping_.load(); };
  services_.push_back(control::make_traffic_service(std::move(sources)));
}

absl::Status Daemon::Impl::start_grpc() {
  control::GrpcServerOptions serving;
  serving.socket = options_.control_socket;
  serving.socket_group = options_.control_group;
  serving.tls = options_.grpc;
  serving.roles = options_.roles;
  serving.audit_log = options_.audit_log;
  std::vector<grpc::Service*> services;
  for (const auto& service : services_) services.push_back(service.get());
  ASSIGN_OR_RETURN(grpc_, control::GrpcServer::start(serving, services));
  return absl::OkStatus();
}

absl::Status Daemon::Impl::start_http() {
  if (options_.http_address.empty()) return absl::OkStatus();
  answer_counts_->keep_in_step(http_io_);
  http_ = std::make_unique<control::HttpEndpoint>(
      http_io_,
      control::Routes{{"/metrics", control::metrics_handler(metrics_)},
                      {"/health", control::health_handler([this] { return why_not_ready(); })}});
  return http_->start(options_.http_address, options_.http_port);
}

std::optional<std::string> Daemon::Impl::why_not_ready() {
  if (!serving_) return "stopping";
  return fast_path_ ? fast_path_->unreachable() : std::nullopt;
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
  context.prober_blind_since = [this] { return monitor_->blind_since(); };
  context.test_check = [this](model::HealthCheckPtr check, health::OnProbeResult on_result) {
    monitor_->test(std::move(check), std::move(on_result));
  };
  context.notices = notice_log_.get();
  context.receiver_states = [this] { return dispatcher_->states(); };
  context.locations = locations_.get();
  context.demand = [this] { return demand(); };
  context.external_states = [this] { return resolver_->state(); };
  context.secondary_states = [this] { return secondary_keeper_->states(); };
  context.digest_key = dns_->digest_key();
  for (const std::string& address : options_.listen) {
    const std::string host =
        address.find(':') == std::string::npos ? address : absl::StrCat("[", address, "]");
    context.listen.push_back(absl::StrCat(host, ":", options_.port));
    if (certificate_keeper_)
      context.listen.push_back(absl::StrCat(host, ":", options_.tls_port, " (TLS)"));
  }
  context.version = SIGNPOST_VERSION;
  context.started = started_;
  return context;
}

void Daemon::Impl::register_metrics() {
  collectors_.push_back(metrics_.add(collect_build_info));
  collectors_.push_back(metrics_.add([this](std::vector<metrics::Family>& families) {
    const server::ServerStats stats = dns_->stats();
    const control::FastPathReport report = fast_path_report();
    collect_slow_path(stats, families);
    collect_tls(stats, certificate_keeper_ ? certificate_keeper_->live().load() : nullptr,
                families);
    collect_transfers(stats, notifier_->counts(), families);
    collect_forwarded(stats.forwarded, families);
    collect_fast_path(report, families);
    if (fast_path_) {
      collect_unattended(fast_path_->unattended(), families);
      collect_map_use(report, fast_path_->capacity(), *locations_->state().map, families);
    }
    collect_guard(report, stats, families);
    collect_answers(fast_replies(), stats.replies, families);
  }));
  const auto add = [this](auto& part) {
    collectors_.push_back(
        metrics_.add([&part](std::vector<metrics::Family>& families) { part.collect(families); }));
  };
  add(*answer_counts_);
  if (dnstap_) add(*dnstap_);
  if (sample_tap_) add(*sample_tap_);
  add(*grpc_);
  add(*monitor_);
  add(*resolver_);
  add(*dispatcher_);
  add(*secondary_keeper_);
  collectors_.push_back(metrics_.add([this](std::vector<metrics::Family>& families) {
    controller_->collect_metrics(families);
    scheduler_->collect_metrics(families);
  }));
  collectors_.push_back(metrics_.add([this](std::vector<metrics::Family>& families) {
    const control::LocationState state = locations_->state();
    collect_locations(state, control::located_answers(*state.map, demand()), families);
  }));
}

std::vector<std::uint64_t> Daemon::Impl::demand() {
  std::vector<std::uint64_t> all = dns_->demand();
  if (fast_path_ == nullptr) return all;
  const std::vector<std::uint64_t> fast = fast_path_->demand();
  if (fast.size() > all.size()) all.resize(fast.size());
  for (std::size_t i = 0; i < fast.size(); ++i) all[i] += fast[i];
  return all;
}

}  // namespace signpost::daemon
