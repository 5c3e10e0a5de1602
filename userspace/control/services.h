// The gRPC services of control.proto.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/controller.h"
#include "control/fast_path.h"
#include "control/locations.h"
#include "control/store.h"
#include "health/monitor.h"
#include "notices/notice_log.h"
#include "notices/receiver_state.h"
#include "secondary/secondary_state.h"
#include "server/dns_server.h"
#include "upstream/target_resolver.h"

namespace grpc {
class Service;
}

namespace signpost::control {

// What the services work on; everything must outlive them.
struct ServiceContext {
  Controller* controller = nullptr;
  Store* store = nullptr;
  FastPath* fast_path = nullptr;  // null in userspace mode
  std::string userspace_reason;   // why there is none
  std::function<server::ServerStats()> server_stats;
  // Answers that the slow path gave, by counter id.
  std::function<std::uint64_t(std::uint32_t)> slow_answer_count;
  std::function<std::vector<health::CheckState>()> check_states;
  // Monitor::blind_since().
  std::function<std::optional<std::chrono::system_clock::time_point>()> prober_blind_since;
  // Probes once; calls back on another thread, or never where the daemon stops.
  std::function<void(model::HealthCheckPtr, health::OnProbeResult)> test_check;
  const notices::NoticeLog* notices = nullptr;
  // By id.
  std::function<std::map<std::string, notices::ReceiverState>()> receiver_states;
  Locations* locations = nullptr;
  // Answers that depended on the client's locality, by locality, of both paths.
  std::function<std::vector<std::uint64_t>()> demand;
  // Of the external alias targets.
  std::function<std::vector<upstream::TargetState>()> external_states;
  // Of the zones that are copied from primaries, by apex.
  std::function<std::vector<secondary::SecondaryState>()> secondary_states;
  // With which sticky rings are answered.
  server::DigestKey digest_key = server::constant_digest_key();
  std::vector<std::string> listen;
  std::string version;
  std::chrono::system_clock::time_point started;
};

std::unique_ptr<grpc::Service> make_config_service(const ServiceContext& context);
std::unique_ptr<grpc::Service> make_status_service(const ServiceContext& context);
std::unique_ptr<grpc::Service> make_health_service(const ServiceContext& context);
std::unique_ptr<grpc::Service> make_notice_service(const ServiceContext& context);
std::unique_ptr<grpc::Service> make_override_service(const ServiceContext& context);
std::unique_ptr<grpc::Service> make_location_service(const ServiceContext& context);

}  // namespace signpost::control
