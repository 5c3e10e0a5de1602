// The daemon's objects and threads; for daemon*.cc alone.
#pragma once

#include <grpcpp/impl/codegen/service_type.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/metrics.h"
#include "control/answer_counts.h"
#include "control/controller.h"
#include "control/grpc_server.h"
#include "control/http_endpoint.h"
#include "control/locations.h"
#include "control/query_watch.h"
#include "control/scheduler.h"
#include "control/services.h"
#include "control/store.h"
#include "daemon/attachment_watch.h"
#include "daemon/certificate_keeper.h"
#include "daemon/daemon.h"
#include "daemon/guard_keeper.h"
#include "daemon/heartbeat.h"
#include "daemon/kernel_fast_path.h"
#include "daemon/query_taps.h"
#include "daemon/sample_tap.h"
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
#include "upstream/target_resolver.h"

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
  void keep_attached() { options_.keep_attached = true; }
  void feed_watchdog(std::chrono::nanoseconds limit, std::function<void()> feed);
  void reload() {
    locations_->request_reload();
    guard_keeper_->refresh();
    zone_keeper_->refresh();
    if (certificate_keeper_) certificate_keeper_->refresh();
  }

 private:
  // daemon.cc: from the start to the end.
  absl::Status start_all();
  absl::Status start_serving();
  void start_threads();
  static void run(boost::asio::io_context& io);
  void detach();

  // daemon_objects.cc: what it is built of.
  void load_locations();
  absl::Status open_fast_path();
  bool wants_fast_path() const {
    return !options_.interfaces.empty() && options_.mode != Mode::kUserspace;
  }
  absl::StatusOr<server::ServerOptions> serving_options(std::size_t descriptors);
  absl::Status open_dnstap();
  void start_samples();
  void start_transfers(server::ServerOptions serving);
  health::ProbeSettings probe_settings() const;
  void load_notices();
  absl::Status start_controller();
  void make_monitor();
  void make_resolver();
  control::ControllerOptions controller_options();
  void restore_observations();
  void start_locations();

  // daemon_services.cc: what it is asked by gRPC and HTTP.
  void make_services();
  control::ServiceContext service_context();
  void make_traffic_service();
  absl::Status start_grpc();
  absl::Status start_http();
  std::optional<std::string> why_not_ready();
  void register_metrics();
  // Answers that depended on the client's locality, of both paths, by locality.
  std::vector<std::uint64_t> demand();
  control::FastPathReport fast_path_report() {
    return fast_path_ ? fast_path_->report() : control::FastPathReport{};
  }
  std::vector<server::ReplyCount> fast_replies() {
    return fast_path_ ? fast_path_->replies() : std::vector<server::ReplyCount>();
  }

  // daemon_announcements.cc: what the log says once it serves.
  void announce() const;
  void announce_fast_path() const;
  std::string grpc_address() const;

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
  control::QueryWatch query_watch_{[this](bool watched) {
    if (sample_tap_) sample_tap_->follow(watched);
  }};
  std::optional<QueryTaps> query_taps_;
  std::optional<SampleTap> sample_tap_;  // none without a fast path
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
  std::optional<control::AnswerCounts> answer_counts_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
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

}  // namespace signpost::daemon
