// The daemon's gRPC services. All that knows gRPC is in client.cc.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "signpost/tls_check.h"

namespace signpost::v1 {
class ApplyRequest;
class ApplyResponse;
class CancelScheduleRequest;
class ChangeRecordSetsRequest;
class ClearOverrideRequest;
class ClearOverrideResponse;
class ClientLocation;
class Config;
class DeleteSafetyRuleRequest;
class DeleteSafetyRuleResponse;
class DiffRequest;
class ExplainRequest;
class ExplainResponse;
class ExportRequest;
class GetLocationDataRequest;
class GetStatusRequest;
class GetStatusResponse;
class ListCidrCollectionsRequest;
class ListCidrCollectionsResponse;
class ListExternalAliasesRequest;
class ListExternalAliasesResponse;
class ListHealthChecksRequest;
class ListHealthChecksResponse;
class ListHealthHistoryRequest;
class ListHealthHistoryResponse;
class ListHealthRequest;
class ListHealthResponse;
class ListHistoryRequest;
class ListHistoryResponse;
class ListNoticeReceiversRequest;
class ListNoticeReceiversResponse;
class ListOverrideHistoryRequest;
class ListOverrideHistoryResponse;
class ListOverridesRequest;
class ListOverridesResponse;
class ListPlaceOverridesRequest;
class ListPlaceOverridesResponse;
class ListRecordSetsRequest;
class ListRecordSetsResponse;
class ListRegionsRequest;
class ListRegionsResponse;
class ListRoundTripsRequest;
class ListRoundTripsResponse;
class ListSecondaryZonesRequest;
class ListSecondaryZonesResponse;
class ListSafetyRulesRequest;
class ListSafetyRulesResponse;
class ListSchedulesRequest;
class ListSchedulesResponse;
class ListTrafficPoliciesRequest;
class ListTrafficPoliciesResponse;
class ListZonesRequest;
class ListZonesResponse;
class LocateRequest;
class LocationData;
class PlanImpactRequest;
class PlanImpactResponse;
class PlanResponse;
class PushRoundTripsRequest;
class PushRoundTripsResponse;
class ReloadLocationDataRequest;
class RollbackRequest;
class SafetyRule;
class Schedule;
class ScheduleChangeRequest;
class SetOverrideRequest;
class SetOverrideResponse;
class SetRecoveryControlRequest;
class SetRecoveryControlResponse;
class SetSafetyRuleResponse;
class SimulateRequest;
class SimulateResponse;
class TestHealthCheckRequest;
class TestHealthCheckResponse;
class TrafficReading;
class WatchNoticesRequest;
class WatchNoticesResponse;
class WatchTrafficRequest;
}  // namespace signpost::v1

namespace signpost::cli {

struct ClientOptions {
  std::string server = "unix:///run/signpost/control.sock";  // or tls://HOST:PORT
  TlsFiles tls;
  std::chrono::seconds timeout{0};  // of one call; 0: by the kind of call
};

// One call at a time. A call that fails returns the daemon's status; UNAVAILABLE says what to do if
// there is no daemon.
class Client {
 public:
  // Gives the next part of a stream; false at its end. An error cancels the call, which then
  // returns it.
  using Parts = std::function<absl::StatusOr<bool>(v1::ApplyRequest&)>;

  explicit Client(ClientOptions options);
  ~Client();

  absl::StatusOr<v1::PlanResponse> plan(const Parts& parts);
  absl::StatusOr<v1::ApplyResponse> apply(const Parts& parts);
  // As Parts.
  absl::StatusOr<v1::PlanImpactResponse> plan_impact(
      const std::function<absl::StatusOr<bool>(v1::PlanImpactRequest&)>& parts);
  absl::StatusOr<v1::SimulateResponse> simulate(
      const std::function<absl::StatusOr<bool>(v1::SimulateRequest&)>& parts);
  absl::StatusOr<v1::Schedule> schedule_change(
      const std::function<absl::StatusOr<bool>(v1::ScheduleChangeRequest&)>& parts);
  absl::StatusOr<v1::ListSchedulesResponse> list_schedules(const v1::ListSchedulesRequest& request);
  absl::StatusOr<v1::Schedule> cancel_schedule(const v1::CancelScheduleRequest& request);
  absl::StatusOr<v1::ApplyResponse> change(const v1::ChangeRecordSetsRequest& request);
  absl::StatusOr<v1::PlanResponse> diff(const v1::DiffRequest& request);
  absl::StatusOr<v1::ApplyResponse> rollback(const v1::RollbackRequest& request);

  // The parts of the configuration in order; a zone may continue in the next part.
  absl::Status export_config(const v1::ExportRequest& request,
                             const std::function<absl::Status(const v1::Config&)>& on_part);

  // One page each.
  absl::StatusOr<v1::ListZonesResponse> list_zones(const v1::ListZonesRequest& request);
  absl::StatusOr<v1::ListRecordSetsResponse> list_record_sets(
      const v1::ListRecordSetsRequest& request);
  absl::StatusOr<v1::ListHealthChecksResponse> list_health_checks(
      const v1::ListHealthChecksRequest& request);
  absl::StatusOr<v1::ListCidrCollectionsResponse> list_cidr_collections(
      const v1::ListCidrCollectionsRequest& request);
  absl::StatusOr<v1::ListPlaceOverridesResponse> list_place_overrides(
      const v1::ListPlaceOverridesRequest& request);
  absl::StatusOr<v1::ListRegionsResponse> list_regions(const v1::ListRegionsRequest& request);
  absl::StatusOr<v1::ListTrafficPoliciesResponse> list_traffic_policies(
      const v1::ListTrafficPoliciesRequest& request);
  absl::StatusOr<v1::ListHistoryResponse> list_history(const v1::ListHistoryRequest& request);
  absl::StatusOr<v1::ListHealthResponse> list_health(const v1::ListHealthRequest& request);
  absl::StatusOr<v1::ListHealthHistoryResponse> list_health_history(
      const v1::ListHealthHistoryRequest& request);

  absl::StatusOr<v1::ListExternalAliasesResponse> list_external_aliases(
      const v1::ListExternalAliasesRequest& request);
  absl::StatusOr<v1::ListSecondaryZonesResponse> list_secondary_zones(
      const v1::ListSecondaryZonesRequest& request);
  absl::StatusOr<v1::ListRoundTripsResponse> list_round_trips(
      const v1::ListRoundTripsRequest& request);

  absl::StatusOr<v1::LocationData> location_data(const v1::GetLocationDataRequest& request);
  absl::StatusOr<v1::LocationData> reload_location_data(
      const v1::ReloadLocationDataRequest& request);
  absl::StatusOr<v1::ClientLocation> locate(const v1::LocateRequest& request);
  absl::StatusOr<v1::PushRoundTripsResponse> push_round_trips(
      const std::function<absl::StatusOr<bool>(v1::PushRoundTripsRequest&)>& parts);

  absl::StatusOr<v1::TestHealthCheckResponse> test_health_check(
      const v1::TestHealthCheckRequest& request);
  absl::StatusOr<v1::SetRecoveryControlResponse> set_recovery_control(
      const v1::SetRecoveryControlRequest& request);

  // Notices as they come, until `on_notice` says false. An error if the stream ends before.
  absl::Status watch_notices(const v1::WatchNoticesRequest& request,
                             const std::function<bool(const v1::WatchNoticesResponse&)>& on_notice);
  // Readings likewise.
  absl::Status watch_traffic(const v1::WatchTrafficRequest& request,
                             const std::function<bool(const v1::TrafficReading&)>& on_reading);
  absl::StatusOr<v1::ListNoticeReceiversResponse> list_notice_receivers(
      const v1::ListNoticeReceiversRequest& request);
  absl::StatusOr<v1::SetOverrideResponse> set_override(const v1::SetOverrideRequest& request);
  absl::StatusOr<v1::ClearOverrideResponse> clear_override(const v1::ClearOverrideRequest& request);
  absl::StatusOr<v1::ListOverridesResponse> list_overrides(const v1::ListOverridesRequest& request);
  absl::StatusOr<v1::ListOverrideHistoryResponse> list_override_history(
      const v1::ListOverrideHistoryRequest& request);
  absl::StatusOr<v1::SetSafetyRuleResponse> set_safety_rule(const v1::SafetyRule& rule);
  absl::StatusOr<v1::DeleteSafetyRuleResponse> delete_safety_rule(
      const v1::DeleteSafetyRuleRequest& request);
  absl::StatusOr<v1::ListSafetyRulesResponse> list_safety_rules(
      const v1::ListSafetyRulesRequest& request);

  absl::StatusOr<v1::GetStatusResponse> status(const v1::GetStatusRequest& request);
  absl::StatusOr<v1::ExplainResponse> explain(const v1::ExplainRequest& request);

 private:
  class Channel;
  std::unique_ptr<Channel> channel_;
};

}  // namespace signpost::cli
