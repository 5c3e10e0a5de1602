// What the daemon is built of, besides its services.
#include <boost/asio/ip/host_name.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "control/dynamic_update.h"
#include "control/notice_form.h"
#include "daemon/daemon_impl.h"
#include "daemon/descriptor_limit.h"
#include "upstream/system_resolvers.h"

namespace signpost::daemon {
namespace {

constexpr std::size_t kTcpConnectionsMax = 5000;

}  // namespace

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
                                             server::Sources{live_, guard_, zones_, &*query_taps_},
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

void Daemon::Impl::make_monitor() {
  monitor_ = std::make_unique<health::Monitor>(
      probes_io_, [this](const health::CheckState& state) { controller_->on_verdict(state); },
      probe_settings(), [this](model::NoticeEvent event) { notice_log_->post(std::move(event)); },
      health::BlindProberSettings{
          {options_.reference_checks.begin(), options_.reference_checks.end()},
          std::chrono::seconds(options_.blind_at_most_seconds)});
}

void Daemon::Impl::make_resolver() {
  upstream::Options resolving;
  resolving.servers = options_.resolvers;
  resolver_ = std::make_unique<upstream::TargetResolver>(
      upstream_io_, std::move(resolving),
      [this](const std::string& key, model::ExternalAnswerPtr answer) {
        controller_->on_external(key, std::move(answer));
      });
}

// What the controller tells when it changes something.
control::ControllerOptions Daemon::Impl::controller_options() {
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
  controlled.notify = [this](model::NoticeEvent event) { notice_log_->post(std::move(event)); };
  controlled.localities_changed = [this] { dns_->reset_demand(); };
  controlled.counter_released = [this](std::uint32_t counter) {
    dns_->reset_answer_count(counter);
  };
  return controlled;
}

absl::Status Daemon::Impl::start_controller() {
  make_monitor();
  make_resolver();
  controller_ =
      std::make_unique<control::Controller>(controller_options(), *store_, live_, fast_path_.get());
  RETURN_IF_ERROR(controller_->start());
  restore_observations();
  return absl::OkStatus();
}

// What the controller knows of an earlier run.
void Daemon::Impl::restore_observations() {
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
}

void Daemon::Impl::start_locations() {
  locations_->start(
      {[this] { return controller_->running()->config; },
       [this](model::LocalityMapPtr map) { return controller_->set_localities(std::move(map)); },
       [this] { return demand(); }});
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

// Answers are worth more than samples of them.
void Daemon::Impl::start_samples() {
  if (!fast_path_) return;
  const bool told = dnstap_ != nullptr && options_.dnstap_sample != 0;
  sample_tap_.emplace(*fast_path_,
                      SampleTapOptions{.dnstap = told ? dnstap_.get() : nullptr,
                                       .dnstap_gap = options_.dnstap_sample,
                                       .watch = &query_watch_,
                                       .answers = [this] {
                                         std::uint64_t answers = 0;
                                         for (const server::ReplyCount& each : fast_replies())
                                           answers += each.replies;
                                         return answers;
                                       }});
  if (const absl::Status started = sample_tap_->start(); !started.ok())
    log::warning("dnstap does not tell of the fast path's answers",
                 {{"error", std::string(started.message())}});
}

}  // namespace signpost::daemon
