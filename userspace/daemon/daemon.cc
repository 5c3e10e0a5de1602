#include "daemon/daemon.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/post.hpp>
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
#include "control/answer_counts.h"
#include "control/controller.h"
#include "control/dynamic_update.h"
#include "control/grpc_server.h"
#include "control/http_endpoint.h"
#include "control/impact_service.h"
#include "control/located_answers.h"
#include "control/locations.h"
#include "control/notice_form.h"
#include "control/schedule_service.h"
#include "control/scheduler.h"
#include "control/services.h"
#include "control/store.h"
#include "control/traffic_service.h"
#include "daemon/attachment_watch.h"
#include "daemon/certificate_keeper.h"
#include "daemon/descriptor_limit.h"
#include "daemon/guard_keeper.h"
#include "daemon/heartbeat.h"
#include "daemon/kernel_fast_path.h"
#include "daemon/metrics_collectors.h"
#include "daemon/secondary_keeper.h"
#include "daemon/watchdog.h"
#include "daemon/zone_keeper.h"
#include "dnstap/frame_stream.h"
#include "health/monitor.h"
#include "notices/dispatcher.h"
#include "notices/notice_log.h"
#include "server/dns_server.h"
#include "server/live_table.h"
#include "server/live_zones.h"
#include "server/notifier.h"
#include "upstream/system_resolvers.h"
#include "upstream/target_resolver.h"

namespace signpost::daemon {
namespace {

constexpr std::size_t kTcpConnectionsMax = 5000;

}  // namespace

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
  void keep_attached() { options_.keep_attached = true; }
  void feed_watchdog(std::chrono::nanoseconds limit, std::function<void()> feed);
  void reload() {
    locations_->request_reload();
    guard_keeper_->refresh();
    zone_keeper_->refresh();
    if (certificate_keeper_) certificate_keeper_->refresh();
  }

 private:
  absl::Status start_all();
  absl::StatusOr<server::ServerOptions> serving_options(std::size_t descriptors);
  void load_locations();
  health::ProbeSettings probe_settings() const;
  void start_transfers(server::ServerOptions serving);
  absl::Status start_controller();
  void load_notices();
  void start_locations();
  std::vector<std::uint64_t> demand();
  bool wants_fast_path() const {
    return !options_.interfaces.empty() && options_.mode != Mode::kUserspace;
  }
  absl::Status open_fast_path();
  absl::Status open_dnstap();
  absl::Status start_serving();
  void make_traffic_service();
  control::FastPathReport fast_path_report() {
    return fast_path_ ? fast_path_->report() : control::FastPathReport{};
  }
  std::vector<server::ReplyCount> fast_replies() {
    return fast_path_ ? fast_path_->replies() : std::vector<server::ReplyCount>();
  }
  absl::Status start_grpc();
  absl::Status start_http();
  std::optional<std::string> why_not_ready();
  static void run(boost::asio::io_context& io);
  control::ServiceContext service_context();
  void register_metrics();
  void detach();
  std::string grpc_address() const;
  void announce() const;
  void announce_fast_path() const;

  Options options_;
  const std::chrono::system_clock::time_point started_;
  std::string userspace_reason_;

  // In the order in which they are built; what comes later uses what comes before.
  std::unique_ptr<control::Store> store_;
  std::unique_ptr<control::Locations> locations_;
  server::LiveTable live_;
  std::unique_ptr<KernelFastPath> fast_path_;  // null in userspace mode
  server::LiveGuard guard_;
  server::LiveZones zones_;
  std::unique_ptr<dnstap::FrameStream> dnstap_;  // null without --dnstap
  boost::asio::io_context probes_io_{1};
  boost::asio::io_context http_io_{1};  // of its own: a scrape may not make probes late
  boost::asio::io_context upstream_io_{1};
  boost::asio::io_context notices_io_{1};
  std::unique_ptr<CertificateKeeper> certificate_keeper_;  // null without TLS
  std::unique_ptr<server::DnsServer> dns_;
  std::unique_ptr<GuardKeeper> guard_keeper_;
  std::unique_ptr<server::Notifier> notifier_;
  std::unique_ptr<ZoneKeeper> zone_keeper_;
  std::unique_ptr<SecondaryKeeper> secondary_keeper_;
  std::unique_ptr<notices::NoticeLog> notice_log_;
  std::unique_ptr<notices::Dispatcher> dispatcher_;
  std::unique_ptr<control::Controller> controller_;
  std::unique_ptr<control::Scheduler> scheduler_;
  std::unique_ptr<health::Monitor> monitor_;
  std::unique_ptr<upstream::TargetResolver> resolver_;
  std::unique_ptr<grpc::Service> config_service_;
  std::unique_ptr<grpc::Service> status_service_;
  std::unique_ptr<grpc::Service> health_service_;
  std::unique_ptr<grpc::Service> location_service_;
  std::unique_ptr<grpc::Service> override_service_;
  std::unique_ptr<grpc::Service> impact_service_;
  std::unique_ptr<grpc::Service> notice_service_;
  std::unique_ptr<grpc::Service> schedule_service_;
  std::optional<control::AnswerCounts> answer_counts_;
  std::unique_ptr<grpc::Service> traffic_service_;
  std::unique_ptr<control::GrpcServer> grpc_;
  metrics::Registry metrics_;
  std::vector<metrics::Registry::Registration> collectors_;
  std::unique_ptr<control::HttpEndpoint> http_;
  std::atomic<bool> serving_{false};
  std::atomic<bool> stopping_{false};
  std::optional<AttachmentWatch> attachment_watch_;
  std::optional<Heartbeat> heartbeat_;
  bool attached_ = false;
  std::thread probes_thread_;
  std::thread http_thread_;
  std::thread upstream_thread_;
  std::thread notices_thread_;
  std::optional<Watchdog> watchdog_;
};

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

// Opens the certificate of TLS, if there is to be one.
absl::StatusOr<server::ServerOptions> Daemon::Impl::serving_options(std::size_t descriptors) {
  if (!options_.tls_certificate.empty()) {
    ASSIGN_OR_RETURN(certificate_keeper_,
                     CertificateKeeper::open({options_.tls_certificate, options_.tls_key}));
  }
  const bool tls = certificate_keeper_ != nullptr;
  server::ServerOptions serving{
      .listen = options_.listen,
      .port = options_.port,
      .tls = tls ? &certificate_keeper_->live() : nullptr,
      .tls_port = options_.tls_port,
      .threads = options_.threads,
      .tcp_connections_max = tcp_connections_within(descriptors, kTcpConnectionsMax, tls),
      .localities = options_.max_localities};
  if (fast_path_) {
    ASSIGN_OR_RETURN(serving.digest_key, fast_path_->digest_key());
  }
  return serving;
}

// The DNS server, and what it is given besides tables: zones to transfer, and who is told of them.
void Daemon::Impl::start_transfers(server::ServerOptions serving) {
  notifier_ = std::make_unique<server::Notifier>(
      upstream_io_, zones_, server::NotifierOptions{.listen = options_.listen});
  zone_keeper_ = std::make_unique<ZoneKeeper>(options_.secrets, zones_, *notifier_);
  secondary_keeper_ = std::make_unique<SecondaryKeeper>(*store_, zones_);
  server::ZoneBackend backend;
  backend.changes =
      [this](const dns::Name& apex, std::uint32_t serial,
             model::ConfigGeneration to) -> absl::StatusOr<std::vector<server::GroupChange>> {
    ASSIGN_OR_RETURN(control::Deltas deltas, store_->zone_changes(apex, serial, to));
    std::vector<server::GroupChange> changes;
    for (control::GroupDelta& delta : deltas.groups)
      changes.push_back({std::move(delta.owner), std::move(delta.before), std::move(delta.after)});
    return changes;
  };
  backend.update = [this](const server::ZoneUpdate& update) {
    return control::make_update(*controller_, update);
  };
  backend.notified = [this](const server::NotifyReceipt& receipt) {
    secondary_keeper_->notified(receipt);
  };
  dns_ = std::make_unique<server::DnsServer>(std::move(serving),
                                             server::Sources{live_, guard_, zones_, dnstap_.get()},
                                             std::move(backend));
}

// Before the fast path, whose maps have to be large enough.
void Daemon::Impl::load_locations() {
  locations_ = std::make_unique<control::Locations>(
      control::LocationOptions{.geo_data = options_.geo_data,
                               .latency_table = options_.latency_table,
                               .samples_file = options_.data + "/round-trips",
                               .max_age = std::chrono::days(options_.geo_max_age_days),
                               .max_unlocated_percent = options_.geo_max_unknown_percent});
  const model::LocalityMapPtr map = locations_->load(store_->config());
  const auto room = [](std::size_t needed, std::uint32_t least, std::uint32_t step) {
    if (needed <= least) return least;
    // In steps, so that other data seldom need other maps, which can't be taken over at a start.
    return static_cast<std::uint32_t>((needed + needed / 8 + step - 1) / step * step);
  };
  const bool known = map != model::LocalityMap::nowhere();
  const datapath::Capacity least;
  if (options_.max_locality_cells == 0) {
    options_.max_locality_cells =
        room(known ? map->cells().size() : 0, least.locality_cells, 1u << 18);
  }
  if (options_.max_localities == 0) {
    options_.max_localities = room(map->localities().size(), least.localities, 1u << 16);
  }
}

health::ProbeSettings Daemon::Impl::probe_settings() const {
  health::ProbeSettings settings;
  settings.resolvers =
      options_.resolvers.empty() ? upstream::system_resolvers() : options_.resolvers;
  settings.commands_folder = options_.health_commands;
  return settings;
}

void Daemon::Impl::load_notices() {
  notice_log_ = std::make_unique<notices::NoticeLog>(store_->notices());
  notices::DispatcherSettings settings;
  settings.delivery.probes = probe_settings();
  settings.delivery.probes.limits = notices::delivery_limits();
  settings.delivery.secrets_folder = options_.secrets;
  settings.delivery.render = [source = absl::StrCat("signpost-", store_->installation_id())](
                                 const model::Notice& notice, const model::NoticeReceiver& receiver,
                                 const std::string& secret) {
    return control::notice_body(notice, receiver, secret, source);
  };
  dispatcher_ = std::make_unique<notices::Dispatcher>(
      notices_io_, *notice_log_,
      notices::NoticeStore{
          [this](const std::vector<model::NoticePtr>& all) { return store_->save_notices(all); },
          [this](const notices::ReceiverProgress& all) { return store_->save_progress(all); }},
      store_->progress(), std::move(settings));
}

absl::Status Daemon::Impl::start_controller() {
  const auto notify = [this](model::NoticeEvent event) { notice_log_->post(std::move(event)); };
  monitor_ = std::make_unique<health::Monitor>(
      probes_io_, [this](const health::CheckState& state) { controller_->on_verdict(state); },
      probe_settings(), notify,
      health::BlindProberSettings{
          {options_.reference_checks.begin(), options_.reference_checks.end()},
          std::chrono::seconds(options_.blind_at_most_seconds)});
  upstream::Options resolving;
  resolving.servers = options_.resolvers;
  resolver_ = std::make_unique<upstream::TargetResolver>(
      upstream_io_, std::move(resolving),
      [this](const std::string& key, model::ExternalAnswerPtr answer) {
        controller_->on_external(key, std::move(answer));
      });
  control::ControllerOptions controlled;
  controlled.first_verdict_wait = options_.first_verdict_wait;
  controlled.localities = locations_->state().map;
  controlled.checks_changed = [this](std::vector<model::HealthCheckPtr> checks) {
    monitor_->set_checks(std::move(checks));
  };
  controlled.externals_changed = [this](const std::vector<std::string>& keys) {
    std::vector<upstream::Target> targets;
    for (const std::string& key : keys) {
      if (auto target = upstream::parse_target(key)) targets.push_back(*std::move(target));
    }
    resolver_->set_targets(targets);
  };
  controlled.switch_set = [this](const std::string& id, bool on, const std::string& reason) {
    monitor_->set_switch(id, on, reason);
  };
  controlled.receivers_changed = [this](std::vector<model::NoticeReceiverPtr> receivers) {
    dispatcher_->set_receivers(std::move(receivers));
  };
  controlled.guards_changed = [this](std::vector<model::GuardPtr> guards) {
    guard_keeper_->set_guards(std::move(guards));
  };
  controlled.zones_changed = [this](const model::Config& config,
                                    const std::vector<dns::Name>& zones) {
    zone_keeper_->serve(config, zones);
    secondary_keeper_->serve(config, zones);
  };
  controlled.notify = notify;
  controlled.localities_changed = [this] { dns_->reset_demand(); };
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
  std::vector<upstream::TargetState> resolved;
  controller_->running()->seen.external.for_each(
      [&](const std::string& key, const model::ExternalAnswerPtr& answer) {
        upstream::TargetState& state = resolved.emplace_back();
        state.key = key;
        state.answer = answer;
      });
  resolver_->restore(resolved);
  return absl::OkStatus();
}

void Daemon::Impl::start_locations() {
  locations_->start(
      {[this] { return controller_->running()->config; },
       [this](model::LocalityMapPtr map) { return controller_->set_localities(std::move(map)); },
       [this] { return demand(); }});
}

// Answers that depended on the client's locality, of both paths, by locality.
std::vector<std::uint64_t> Daemon::Impl::demand() {
  std::vector<std::uint64_t> all = dns_->demand();
  if (fast_path_ == nullptr) return all;
  const std::vector<std::uint64_t> fast = fast_path_->demand();
  if (fast.size() > all.size()) all.resize(fast.size());
  for (std::size_t i = 0; i < fast.size(); ++i) all[i] += fast[i];
  return all;
}

// Leaves fast_path_ null where there is to be none, and where this process may not use BPF.
absl::Status Daemon::Impl::open_fast_path() {
  if (!wants_fast_path()) {
    userspace_reason_ =
        options_.interfaces.empty() ? "no --interface was given" : "--mode userspace was given";
    return absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<KernelFastPath>> opened = KernelFastPath::open(options_);
  if (opened.ok()) {
    fast_path_ = *std::move(opened);
    return absl::OkStatus();
  }
  const bool not_permitted =
      absl::IsPermissionDenied(opened.status()) || absl::IsFailedPrecondition(opened.status());
  if (!not_permitted || options_.mode != Mode::kAuto) return opened.status();
  userspace_reason_ = std::string(opened.status().message());
  if (absl::IsPermissionDenied(opened.status()))
    userspace_reason_ +=
        "; signpostd needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON for its fast path";
  return absl::OkStatus();
}

absl::Status Daemon::Impl::open_dnstap() {
  std::string identity = options_.dnstap_identity;
  if (identity.empty()) identity = boost::asio::ip::host_name();
  ASSIGN_OR_RETURN(dnstap_, dnstap::FrameStream::open(options_.dnstap,
                                                      {identity, "signpostd " SIGNPOST_VERSION}));
  return absl::OkStatus();
}

absl::Status Daemon::Impl::start_serving() {
  RETURN_IF_ERROR(dns_->start());
  if (fast_path_) RETURN_IF_ERROR(fast_path_->attach());
  attached_ = fast_path_ != nullptr;
  // On the thread of the HTTP endpoint: a look may wait while a large change is published.
  if (fast_path_) {
    attachment_watch_.emplace(http_io_, *fast_path_);
    heartbeat_.emplace(*fast_path_, std::chrono::seconds(options_.pass_after_seconds));
  }
  guard_keeper_->keep_fresh(http_io_);
  if (certificate_keeper_) certificate_keeper_->keep_fresh(http_io_);
  const control::ServiceContext context = service_context();
  config_service_ = control::make_config_service(context);
  status_service_ = control::make_status_service(context);
  health_service_ = control::make_health_service(context);
  location_service_ = control::make_location_service(context);
  notice_service_ = control::make_notice_service(context);
  override_service_ = control::make_override_service(context);
  schedule_service_ = control::make_schedule_service(*controller_, *scheduler_);
  impact_service_ = control::make_impact_service(
      {.controller = controller_.get(),
       .demand = [this] { return demand(); },
       .localities_for =
           [this](const model::Config& config) { return locations_->map_for(config); }});
  make_traffic_service();
  RETURN_IF_ERROR(start_grpc());
  scheduler_->start();
  register_metrics();
  RETURN_IF_ERROR(start_http());
  probes_thread_ = std::thread([this] { run(probes_io_); });
  http_thread_ = std::thread([this] { run(http_io_); });
  upstream_thread_ = std::thread([this] { run(upstream_io_); });
  notices_thread_ = std::thread([this] { run(notices_io_); });
  secondary_keeper_->start(*controller_);
  serving_ = true;
  announce();
  return absl::OkStatus();
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
  sources.running = [this] { return controller_->running(); };
  sources.reasons = [this] { return fast_path_report().reasons; };
  sources.fast_replies = [this] { return fast_replies(); };
  sources.slow_replies = [this] { return dns_->stats().replies; };
  sources.stopping = [this] { return stopping_.load(); };
  traffic_service_ = control::make_traffic_service(std::move(sources));
}

absl::Status Daemon::Impl::start_grpc() {
  control::GrpcServerOptions serving;
  serving.socket = options_.control_socket;
  serving.socket_group = options_.control_group;
  serving.tls = options_.grpc;
  serving.roles = options_.roles;
  serving.audit_log = options_.audit_log;
  ASSIGN_OR_RETURN(
      grpc_,
      control::GrpcServer::start(
          serving, {config_service_.get(), status_service_.get(), health_service_.get(),
                    location_service_.get(), override_service_.get(), impact_service_.get(),
                    notice_service_.get(), schedule_service_.get(), traffic_service_.get()}));
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
  collectors_.push_back(metrics_.add(
      [this](std::vector<metrics::Family>& families) { answer_counts_->collect(families); }));
  if (dnstap_) {
    collectors_.push_back(metrics_.add(
        [this](std::vector<metrics::Family>& families) { dnstap_->collect(families); }));
  }
  collectors_.push_back(metrics_.add(
      [this](std::vector<metrics::Family>& families) { controller_->collect_metrics(families); }));
  collectors_.push_back(metrics_.add(
      [this](std::vector<metrics::Family>& families) { scheduler_->collect_metrics(families); }));
  collectors_.push_back(
      metrics_.add([this](std::vector<metrics::Family>& families) { grpc_->collect(families); }));
  collectors_.push_back(metrics_.add(
      [this](std::vector<metrics::Family>& families) { monitor_->collect(families); }));
  collectors_.push_back(metrics_.add(
      [this](std::vector<metrics::Family>& families) { resolver_->collect(families); }));
  collectors_.push_back(metrics_.add(
      [this](std::vector<metrics::Family>& families) { dispatcher_->collect(families); }));
  collectors_.push_back(metrics_.add(
      [this](std::vector<metrics::Family>& families) { secondary_keeper_->collect(families); }));
  collectors_.push_back(metrics_.add([this](std::vector<metrics::Family>& families) {
    const control::LocationState state = locations_->state();
    collect_locations(state, control::located_answers(*state.map, demand()), families);
  }));
}

std::string Daemon::Impl::grpc_address() const {
  if (options_.grpc.address.empty()) return "off";
  return absl::StrCat(options_.grpc.address, " port ", options_.grpc.port);
}

void Daemon::Impl::announce() const {
  const control::RunningPtr running = controller_->running();
  if (fast_path_) {
    announce_fast_path();
  } else {
    constexpr std::string_view kUserspace = "userspace mode: the daemon answers all queries";
    if (wants_fast_path()) {
      log::warning(kUserspace, {{"reason", userspace_reason_}});
    } else {
      log::info(kUserspace, {{"reason", userspace_reason_}});
    }
  }
  log::info("serving", {{"listen", absl::StrJoin(options_.listen, ",")},
                        {"port", options_.port},
                        {"control", options_.control_socket},
                        {"grpc", grpc_address()},
                        {"generation", running->config.generation},
                        {"zones", running->config.zones.size()},
                        {"record_sets", running->record_sets_total},
                        {"version", SIGNPOST_VERSION}});
}

void Daemon::Impl::announce_fast_path() const {
  const control::FastPathReport report = fast_path_->report();
  const absl::StatusOr<std::uint64_t> forecast =
      datapath::forecast_octets({.nodes = options_.max_nodes,
                                 .cells = options_.max_cells,
                                 .locality_cells = options_.max_locality_cells,
                                 .localities = options_.max_localities});
  for (const control::FastPathReport::Interface& each : report.interfaces) {
    using Mode = control::FastPathReport::Mode;
    if (each.mode != Mode::kUserspace) {
      log::info(
          "fast path attached",
          {{"interface", each.name}, {"mode", each.mode == Mode::kNative ? "native" : "generic"}});
    }
    if (!each.mode_reason.empty()) log::warning(each.mode_reason, {{"interface", each.name}});
  }
  const auto unattended =
      std::chrono::duration_cast<std::chrono::seconds>(fast_path_->unattended());
  log::info("answer tables", {{"adopted", fast_path_->adopted_maps()},
                              {"unattended_seconds", unattended.count()},
                              {"nodes", report.nodes_used},
                              {"cells", report.cells_used},
                              {"kernel_memory_mib", forecast.value_or(0) >> 20}});
  const std::vector<std::string> left_out = fast_path_->addresses_left_out();
  if (!left_out.empty()) {
    log::warning("the fast path has no room for some listen addresses; the daemon answers there",
                 {{"addresses", absl::StrJoin(left_out, ",")}});
  }
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
