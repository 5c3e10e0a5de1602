#include "signpost/client.h"

#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/status.h"
#include "signpost/server_address.h"
#include "signpost/v1/control.grpc.pb.h"
#include "signpost/v1/impact.grpc.pb.h"
#include "signpost/v1/notices.grpc.pb.h"
#include "signpost/v1/override.grpc.pb.h"
#include "signpost/v1/schedule.grpc.pb.h"
#include "signpost/v1/traffic.grpc.pb.h"

namespace signpost::cli {
namespace {

constexpr std::chrono::seconds kReadTimeout{30};
constexpr std::chrono::seconds kChangeTimeout{600};
// Plans and diffs of large changes come in one message.
constexpr int kMaxReply = 1 << 30;

absl::Status unreachable(const std::string& server, const std::string& why) {
  return unavailable("cannot reach signpostd at ", server, ": ", why,
                     "; is it running? (`systemctl status signpostd`)");
}

// Connects to the socket and hangs up: the system's own word for why it can't be reached, at
// once.
absl::Status try_socket(const std::string& server, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return unreachable(server, std::strerror(errno));
  const int result = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  const int error = errno;
  ::close(socket);
  if (result == 0) return absl::OkStatus();
  if (error == EACCES)
    return absl::PermissionDeniedError(absl::StrCat(
        "cannot reach signpostd at ", server, ": ", std::strerror(error),
        "; run this as root, or have signpostd ", "open it to a group by --control-group"));
  return unreachable(server, std::strerror(error));
}

// Of a file that check_tls() has read; "" for none.
std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

absl::Status to_status(const grpc::Status& status, const std::string& server) {
  if (status.ok()) return absl::OkStatus();
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE)
    return unreachable(server, status.error_message());
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)
    return absl::DeadlineExceededError(
        absl::StrCat("no answer from signpostd at ", server,
                     " in time; a change may still take effect: see `signpost history`, and give ",
                     "a longer --timeout"));
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

}  // namespace

class Client::Channel {
 public:
  explicit Channel(ClientOptions options) : options_(std::move(options)) {}

  // A call with one request and one reply.
  template <typename Service, typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, std::chrono::seconds timeout) {
    RETURN_IF_ERROR(reach());
    grpc::ClientContext context;
    set_deadline(context, timeout);
    Response response;
    const auto stub = Service::NewStub(connect());
    RETURN_IF_ERROR(
        to_status((stub.get()->*method)(&context, request, &response), options_.server));
    return response;
  }

  // A call with a stream of requests, each filled by `next`, and one reply.
  template <typename Service, typename Request, typename Response, typename Next>
  absl::StatusOr<Response> stream(std::unique_ptr<grpc::ClientWriter<Request>> (
                                      Service::Stub::*method)(grpc::ClientContext*, Response*),
                                  const Next& next) {
    RETURN_IF_ERROR(reach());
    grpc::ClientContext context;
    set_deadline(context, kChangeTimeout);
    Response response;
    const auto stub = Service::NewStub(connect());
    const auto writer = (stub.get()->*method)(&context, &response);
    while (true) {
      Request request;
      const absl::StatusOr<bool> more = next(request);
      if (!more.ok()) context.TryCancel();
      if (!more.ok() || !*more || !writer->Write(request)) {
        if (more.ok()) writer->WritesDone();
        const grpc::Status status = writer->Finish();
        RETURN_IF_ERROR(more.status());
        RETURN_IF_ERROR(to_status(status, options_.server));
        return response;
      }
    }
  }

  absl::Status read_export(const v1::ExportRequest& request,
                           const std::function<absl::Status(const v1::Config&)>& on_part) {
    RETURN_IF_ERROR(reach());
    grpc::ClientContext context;
    set_deadline(context, kChangeTimeout);
    const auto stub = v1::ConfigService::NewStub(connect());
    const auto reader = stub->Export(&context, request);
    v1::ExportResponse part;
    while (reader->Read(&part)) {
      if (absl::Status status = on_part(part.config()); !status.ok()) {
        context.TryCancel();
        reader->Finish();
        return status;
      }
    }
    return to_status(reader->Finish(), options_.server);
  }

  // Without a deadline: the stream has no end.
  template <typename Service, typename Stub, typename Request, typename Response>
  absl::Status watch(std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(
                         grpc::ClientContext*, const Request&),
                     const Request& request,
                     const std::function<bool(const Response&)>& on_response) {
    RETURN_IF_ERROR(reach());
    grpc::ClientContext context;
    const auto stub = Service::NewStub(connect());
    const auto reader = (stub.get()->*method)(&context, request);
    Response response;
    while (reader->Read(&response)) {
      if (on_response(response)) continue;
      context.TryCancel();
      reader->Finish();
      return absl::OkStatus();
    }
    return to_status(reader->Finish(), options_.server);
  }

 private:
  void set_deadline(grpc::ClientContext& context, std::chrono::seconds usual) const {
    const auto timeout = options_.timeout.count() > 0 ? options_.timeout : usual;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
  }

  // Before every call to a socket, and before the first to a port, which takes a handshake.
  absl::Status reach() {
    ASSIGN_OR_RETURN(address_, parse_server(options_.server));
    if (!address_.is_tls()) return try_socket(options_.server, address_.path);
    return channel_ ? absl::OkStatus() : check_tls(address_, options_.tls);
  }

  std::shared_ptr<grpc::Channel> connect() {
    if (channel_) return channel_;
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMaxReply);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    channel_ = grpc::CreateCustomChannel(address_.target(), credentials(), arguments);
    return channel_;
  }

  std::shared_ptr<grpc::ChannelCredentials> credentials() const {
    if (!address_.is_tls()) return grpc::InsecureChannelCredentials();
    return grpc::SslCredentials({.pem_root_certs = contents(options_.tls.authority),
                                 .pem_private_key = contents(options_.tls.key),
                                 .pem_cert_chain = contents(options_.tls.certificate)});
  }

  ClientOptions options_;
  ServerAddress address_;
  std::shared_ptr<grpc::Channel> channel_;
};

Client::Client(ClientOptions options) : channel_(std::make_unique<Channel>(std::move(options))) {}
Client::~Client() = default;

using Config = v1::ConfigService;
using Impact = v1::ImpactService;
using Status = v1::StatusService;
using Health = v1::HealthService;
using Override = v1::OverrideService;
using Location = v1::LocationService;
using Notices = v1::NoticeService;
using Scheduling = v1::ScheduleService;

absl::StatusOr<v1::PlanResponse> Client::plan(const Parts& parts) {
  return channel_->stream<Config, v1::ApplyRequest>(&Config::Stub::Plan, parts);
}

absl::StatusOr<v1::ApplyResponse> Client::apply(const Parts& parts) {
  return channel_->stream<Config, v1::ApplyRequest>(&Config::Stub::Apply, parts);
}

absl::StatusOr<v1::PlanImpactResponse> Client::plan_impact(
    const std::function<absl::StatusOr<bool>(v1::PlanImpactRequest&)>& parts) {
  return channel_->stream<Impact, v1::PlanImpactRequest>(&Impact::Stub::PlanImpact, parts);
}

absl::StatusOr<v1::SimulateResponse> Client::simulate(
    const std::function<absl::StatusOr<bool>(v1::SimulateRequest&)>& parts) {
  return channel_->stream<Impact, v1::SimulateRequest>(&Impact::Stub::Simulate, parts);
}

absl::StatusOr<v1::Schedule> Client::schedule_change(
    const std::function<absl::StatusOr<bool>(v1::ScheduleChangeRequest&)>& parts) {
  return channel_->stream<Scheduling, v1::ScheduleChangeRequest>(&Scheduling::Stub::ScheduleChange,
                                                                 parts);
}

absl::StatusOr<v1::ListSchedulesResponse> Client::list_schedules(
    const v1::ListSchedulesRequest& request) {
  return channel_->call<Scheduling>(&Scheduling::Stub::ListSchedules, request, kReadTimeout);
}

absl::StatusOr<v1::Schedule> Client::cancel_schedule(const v1::CancelScheduleRequest& request) {
  return channel_->call<Scheduling>(&Scheduling::Stub::CancelSchedule, request, kChangeTimeout);
}

absl::StatusOr<v1::ApplyResponse> Client::change(const v1::ChangeRecordSetsRequest& request) {
  bool sent = false;
  return channel_->stream<Config, v1::ChangeRecordSetsRequest>(
      &Config::Stub::ChangeRecordSets,
      [&](v1::ChangeRecordSetsRequest& part) -> absl::StatusOr<bool> {
        part = request;
        return !std::exchange(sent, true);
      });
}

absl::StatusOr<v1::PlanResponse> Client::diff(const v1::DiffRequest& request) {
  return channel_->call<Config>(&Config::Stub::Diff, request, kReadTimeout);
}

absl::StatusOr<v1::ApplyResponse> Client::rollback(const v1::RollbackRequest& request) {
  return channel_->call<Config>(&Config::Stub::Rollback, request, kChangeTimeout);
}

absl::Status Client::export_config(const v1::ExportRequest& request,
                                   const std::function<absl::Status(const v1::Config&)>& on_part) {
  return channel_->read_export(request, on_part);
}

absl::StatusOr<v1::ListZonesResponse> Client::list_zones(const v1::ListZonesRequest& request) {
  return channel_->call<Config>(&Config::Stub::ListZones, request, kReadTimeout);
}

absl::StatusOr<v1::ListRecordSetsResponse> Client::list_record_sets(
    const v1::ListRecordSetsRequest& request) {
  return channel_->call<Config>(&Config::Stub::ListRecordSets, request, kReadTimeout);
}

absl::StatusOr<v1::ListHealthChecksResponse> Client::list_health_checks(
    const v1::ListHealthChecksRequest& request) {
  return channel_->call<Config>(&Config::Stub::ListHealthChecks, request, kReadTimeout);
}

absl::StatusOr<v1::ListCidrCollectionsResponse> Client::list_cidr_collections(
    const v1::ListCidrCollectionsRequest& request) {
  return channel_->call<Config>(&Config::Stub::ListCidrCollections, request, kReadTimeout);
}

absl::StatusOr<v1::ListPlaceOverridesResponse> Client::list_place_overrides(
    const v1::ListPlaceOverridesRequest& request) {
  return channel_->call<Config>(&Config::Stub::ListPlaceOverrides, request, kReadTimeout);
}

absl::StatusOr<v1::ListRegionsResponse> Client::list_regions(
    const v1::ListRegionsRequest& request) {
  return channel_->call<Config>(&Config::Stub::ListRegions, request, kReadTimeout);
}

absl::StatusOr<v1::ListTrafficPoliciesResponse> Client::list_traffic_policies(
    const v1::ListTrafficPoliciesRequest& request) {
  return channel_->call<Config>(&Config::Stub::ListTrafficPolicies, request, kReadTimeout);
}

absl::StatusOr<v1::ListHistoryResponse> Client::list_history(
    const v1::ListHistoryRequest& request) {
  return channel_->call<Config>(&Config::Stub::ListHistory, request, kReadTimeout);
}

absl::StatusOr<v1::ListHealthResponse> Client::list_health(const v1::ListHealthRequest& request) {
  return channel_->call<Status>(&Status::Stub::ListHealth, request, kReadTimeout);
}

absl::StatusOr<v1::ListHealthHistoryResponse> Client::list_health_history(
    const v1::ListHealthHistoryRequest& request) {
  return channel_->call<Health>(&Health::Stub::ListHealthHistory, request, kReadTimeout);
}

// A command may take a minute.
absl::StatusOr<v1::TestHealthCheckResponse> Client::test_health_check(
    const v1::TestHealthCheckRequest& request) {
  return channel_->call<Health>(&Health::Stub::TestHealthCheck, request, kChangeTimeout);
}

absl::StatusOr<v1::SetRecoveryControlResponse> Client::set_recovery_control(
    const v1::SetRecoveryControlRequest& request) {
  return channel_->call<Health>(&Health::Stub::SetRecoveryControl, request, kChangeTimeout);
}

absl::StatusOr<v1::ListExternalAliasesResponse> Client::list_external_aliases(
    const v1::ListExternalAliasesRequest& request) {
  return channel_->call<Status>(&Status::Stub::ListExternalAliases, request, kReadTimeout);
}

absl::StatusOr<v1::ListSecondaryZonesResponse> Client::list_secondary_zones(
    const v1::ListSecondaryZonesRequest& request) {
  return channel_->call<Status>(&Status::Stub::ListSecondaryZones, request, kReadTimeout);
}

absl::StatusOr<v1::ListRoundTripsResponse> Client::list_round_trips(
    const v1::ListRoundTripsRequest& request) {
  return channel_->call<Location>(&Location::Stub::ListRoundTrips, request, kReadTimeout);
}

absl::StatusOr<v1::LocationData> Client::location_data(const v1::GetLocationDataRequest& request) {
  return channel_->call<Location>(&Location::Stub::GetLocationData, request, kReadTimeout);
}

absl::StatusOr<v1::LocationData> Client::reload_location_data(
    const v1::ReloadLocationDataRequest& request) {
  return channel_->call<Location>(&Location::Stub::ReloadLocationData, request, kChangeTimeout);
}

absl::StatusOr<v1::ClientLocation> Client::locate(const v1::LocateRequest& request) {
  return channel_->call<Location>(&Location::Stub::Locate, request, kReadTimeout);
}

absl::StatusOr<v1::PushRoundTripsResponse> Client::push_round_trips(
    const std::function<absl::StatusOr<bool>(v1::PushRoundTripsRequest&)>& parts) {
  return channel_->stream<Location, v1::PushRoundTripsRequest>(&Location::Stub::PushRoundTrips,
                                                               parts);
}

absl::Status Client::watch_notices(
    const v1::WatchNoticesRequest& request,
    const std::function<bool(const v1::WatchNoticesResponse&)>& on_notice) {
  return channel_->watch<v1::NoticeService>(&v1::NoticeService::Stub::WatchNotices, request,
                                            on_notice);
}

absl::Status Client::watch_traffic(
    const v1::WatchTrafficRequest& request,
    const std::function<bool(const v1::TrafficReading&)>& on_reading) {
  return channel_->watch<v1::TrafficService>(&v1::TrafficService::Stub::WatchTraffic, request,
                                             on_reading);
}

absl::StatusOr<v1::ListNoticeReceiversResponse> Client::list_notice_receivers(
    const v1::ListNoticeReceiversRequest& request) {
  return channel_->call<Notices>(&Notices::Stub::ListNoticeReceivers, request, kReadTimeout);
}

absl::StatusOr<v1::SetOverrideResponse> Client::set_override(
    const v1::SetOverrideRequest& request) {
  return channel_->call<Override>(&Override::Stub::SetOverride, request, kChangeTimeout);
}

absl::StatusOr<v1::ClearOverrideResponse> Client::clear_override(
    const v1::ClearOverrideRequest& request) {
  return channel_->call<Override>(&Override::Stub::ClearOverride, request, kChangeTimeout);
}

absl::StatusOr<v1::ListOverridesResponse> Client::list_overrides(
    const v1::ListOverridesRequest& request) {
  return channel_->call<Override>(&Override::Stub::ListOverrides, request, kReadTimeout);
}

absl::StatusOr<v1::ListOverrideHistoryResponse> Client::list_override_history(
    const v1::ListOverrideHistoryRequest& request) {
  return channel_->call<Override>(&Override::Stub::ListOverrideHistory, request, kReadTimeout);
}

absl::StatusOr<v1::SetSafetyRuleResponse> Client::set_safety_rule(const v1::SafetyRule& request) {
  return channel_->call<Override>(&Override::Stub::SetSafetyRule, request, kChangeTimeout);
}

absl::StatusOr<v1::DeleteSafetyRuleResponse> Client::delete_safety_rule(
    const v1::DeleteSafetyRuleRequest& request) {
  return channel_->call<Override>(&Override::Stub::DeleteSafetyRule, request, kChangeTimeout);
}

absl::StatusOr<v1::ListSafetyRulesResponse> Client::list_safety_rules(
    const v1::ListSafetyRulesRequest& request) {
  return channel_->call<Override>(&Override::Stub::ListSafetyRules, request, kReadTimeout);
}

absl::StatusOr<v1::GetStatusResponse> Client::status(const v1::GetStatusRequest& request) {
  return channel_->call<Status>(&Status::Stub::GetStatus, request, kReadTimeout);
}

absl::StatusOr<v1::ExplainResponse> Client::explain(const v1::ExplainRequest& request) {
  return channel_->call<Status>(&Status::Stub::Explain, request, kReadTimeout);
}

}  // namespace signpost::cli
