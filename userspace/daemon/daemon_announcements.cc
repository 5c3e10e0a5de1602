// What the log says once the daemon serves.
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "daemon/daemon_impl.h"
#include "datapath/map_specs.h"

namespace signpost::daemon {

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

}  // namespace signpost::daemon
