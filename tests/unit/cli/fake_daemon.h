// A daemon that answers what a test tells it to, on a unix socket of its own.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "signpost/v1/control.grpc.pb.h"
#include "signpost/v1/impact.grpc.pb.h"
#include "signpost/v1/notices.grpc.pb.h"
#include "signpost/v1/schedule.grpc.pb.h"
#include "tests/support/folder.h"

namespace signpost::cli {

class FakeDaemon : public v1::ConfigService::Service,
                   public v1::ImpactService::Service,
                   public v1::LocationService::Service,
                   public v1::NoticeService::Service,
                   public v1::ScheduleService::Service,
                   public v1::StatusService::Service {
 public:
  FakeDaemon() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
    builder.RegisterService(static_cast<v1::ConfigService::Service*>(this));
    builder.RegisterService(static_cast<v1::ImpactService::Service*>(this));
    builder.RegisterService(static_cast<v1::LocationService::Service*>(this));
    builder.RegisterService(static_cast<v1::NoticeService::Service*>(this));
    builder.RegisterService(static_cast<v1::ScheduleService::Service*>(this));
    builder.RegisterService(static_cast<v1::StatusService::Service*>(this));
    server_ = builder.BuildAndStart();
    if (!server_) ADD_FAILURE() << "no server at " << address();
  }
  ~FakeDaemon() override { server_->Shutdown(); }

  std::string address() const { return "unix://" + folder_.path("control.sock"); }

  // What calls return, and what they were asked.
  grpc::Status refusal;
  v1::PlanResponse planned;
  v1::ApplyResponse applied;
  v1::PlanImpactResponse impact;
  v1::SimulateResponse simulation;
  v1::LocationData location_data;
  v1::ClientLocation location;
  v1::ListRoundTripsResponse round_trips;
  v1::ListExternalAliasesResponse external_aliases;
  v1::ListSecondaryZonesResponse secondary_zones;
  v1::ListCidrCollectionsResponse cidr_collections;
  v1::ListTrafficPoliciesResponse traffic_policies;
  std::vector<v1::RoundTripSample> samples;
  v1::GetStatusResponse state;
  v1::ExplainResponse explanation;
  std::vector<v1::Config> exported;
  std::vector<v1::ListRecordSetsResponse> record_pages;
  v1::ListZonesResponse zones;
  v1::ListHealthResponse health;
  v1::ListHistoryResponse items;
  std::vector<v1::ApplyRequest> requests;
  std::vector<v1::PlanImpactRequest> impact_requests;
  std::vector<v1::SimulateRequest> simulate_requests;
  std::vector<v1::ChangeRecordSetsRequest> changes;

  v1::Schedule schedule;
  v1::ListSchedulesResponse schedules;
  std::vector<v1::ScheduleChangeRequest> schedule_requests;
  v1::CancelScheduleRequest cancelled;

  std::vector<v1::WatchNoticesResponse> notices;
  v1::WatchNoticesRequest watched;
  v1::ListNoticeReceiversResponse receivers;

  using Context = grpc::ServerContext;

  grpc::Status WatchNotices(Context*, const v1::WatchNoticesRequest* request,
                            grpc::ServerWriter<v1::WatchNoticesResponse>* writer) override {
    watched = *request;
    for (const v1::WatchNoticesResponse& notice : notices) writer->Write(notice);
    return {grpc::StatusCode::UNAVAILABLE, "signpostd is stopping; go on with --after 8"};
  }
  grpc::Status ListNoticeReceivers(Context*, const v1::ListNoticeReceiversRequest*,
                                   v1::ListNoticeReceiversResponse* response) override {
    *response = receivers;
    return grpc::Status::OK;
  }

  grpc::Status ScheduleChange(Context*, grpc::ServerReader<v1::ScheduleChangeRequest>* reader,
                              v1::Schedule* response) override {
    return take(reader, schedule_requests, schedule, response);
  }
  grpc::Status ListSchedules(Context*, const v1::ListSchedulesRequest*,
                             v1::ListSchedulesResponse* response) override {
    *response = schedules;
    return refusal;
  }
  grpc::Status CancelSchedule(Context*, const v1::CancelScheduleRequest* request,
                              v1::Schedule* response) override {
    cancelled = *request;
    *response = schedule;
    return refusal;
  }

  grpc::Status Plan(Context*, grpc::ServerReader<v1::ApplyRequest>* reader,
                    v1::PlanResponse* response) override {
    return take(reader, requests, planned, response);
  }
  grpc::Status Apply(Context*, grpc::ServerReader<v1::ApplyRequest>* reader,
                     v1::ApplyResponse* response) override {
    return take(reader, requests, applied, response);
  }
  grpc::Status PlanImpact(Context*, grpc::ServerReader<v1::PlanImpactRequest>* reader,
                          v1::PlanImpactResponse* response) override {
    return take(reader, impact_requests, impact, response);
  }
  grpc::Status Simulate(Context*, grpc::ServerReader<v1::SimulateRequest>* reader,
                        v1::SimulateResponse* response) override {
    return take(reader, simulate_requests, simulation, response);
  }
  grpc::Status GetLocationData(Context*, const v1::GetLocationDataRequest*,
                               v1::LocationData* response) override {
    *response = location_data;
    return refusal;
  }
  grpc::Status Locate(Context*, const v1::LocateRequest* request,
                      v1::ClientLocation* response) override {
    *response = location;
    response->set_client(request->client());
    return refusal;
  }
  grpc::Status PushRoundTrips(Context*, grpc::ServerReader<v1::PushRoundTripsRequest>* reader,
                              v1::PushRoundTripsResponse* response) override {
    v1::PushRoundTripsRequest request;
    while (reader->Read(&request)) {
      samples.insert(samples.end(), request.samples().begin(), request.samples().end());
    }
    response->set_samples(samples.size());
    return refusal;
  }
  grpc::Status ListRoundTrips(Context*, const v1::ListRoundTripsRequest*,
                              v1::ListRoundTripsResponse* response) override {
    *response = round_trips;
    return refusal;
  }
  grpc::Status ListExternalAliases(Context*, const v1::ListExternalAliasesRequest*,
                                   v1::ListExternalAliasesResponse* response) override {
    *response = external_aliases;
    return refusal;
  }
  grpc::Status ListSecondaryZones(Context*, const v1::ListSecondaryZonesRequest*,
                                  v1::ListSecondaryZonesResponse* response) override {
    *response = secondary_zones;
    return refusal;
  }
  grpc::Status ListCidrCollections(Context*, const v1::ListCidrCollectionsRequest*,
                                   v1::ListCidrCollectionsResponse* response) override {
    *response = cidr_collections;
    return refusal;
  }
  grpc::Status ListTrafficPolicies(Context*, const v1::ListTrafficPoliciesRequest*,
                                   v1::ListTrafficPoliciesResponse* response) override {
    *response = traffic_policies;
    return refusal;
  }
  grpc::Status ChangeRecordSets(Context*, grpc::ServerReader<v1::ChangeRecordSetsRequest>* reader,
                                v1::ApplyResponse* response) override {
    v1::ChangeRecordSetsRequest request;
    while (reader->Read(&request)) changes.push_back(request);
    *response = applied;
    return refusal;
  }
  grpc::Status Diff(Context*, const v1::DiffRequest*, v1::PlanResponse* response) override {
    *response = planned;
    return refusal;
  }
  grpc::Status Rollback(Context*, const v1::RollbackRequest*,
                        v1::ApplyResponse* response) override {
    *response = applied;
    return refusal;
  }
  grpc::Status Export(Context*, const v1::ExportRequest*,
                      grpc::ServerWriter<v1::ExportResponse>* writer) override {
    for (const v1::Config& part : exported) {
      v1::ExportResponse response;
      *response.mutable_config() = part;
      writer->Write(response);
    }
    return refusal;
  }
  grpc::Status ListZones(Context*, const v1::ListZonesRequest*,
                         v1::ListZonesResponse* response) override {
    *response = zones;
    return refusal;
  }
  // The page token is the index of the page.
  grpc::Status ListRecordSets(Context*, const v1::ListRecordSetsRequest* request,
                              v1::ListRecordSetsResponse* response) override {
    const std::size_t page = request->page_token().empty() ? 0 : std::stoul(request->page_token());
    if (page < record_pages.size()) *response = record_pages[page];
    if (page + 1 < record_pages.size()) response->set_next_page_token(std::to_string(page + 1));
    return refusal;
  }
  grpc::Status ListHistory(Context*, const v1::ListHistoryRequest*,
                           v1::ListHistoryResponse* response) override {
    *response = items;
    return refusal;
  }
  grpc::Status GetStatus(Context*, const v1::GetStatusRequest*,
                         v1::GetStatusResponse* response) override {
    *response = state;
    return refusal;
  }
  grpc::Status ListHealth(Context*, const v1::ListHealthRequest*,
                          v1::ListHealthResponse* response) override {
    *response = health;
    return refusal;
  }
  grpc::Status Explain(Context*, const v1::ExplainRequest*,
                       v1::ExplainResponse* response) override {
    *response = explanation;
    return refusal;
  }

 private:
  template <typename Request, typename Response>
  grpc::Status take(grpc::ServerReader<Request>* reader, std::vector<Request>& parts,
                    const Response& answer, Response* response) {
    parts.clear();
    Request request;
    while (reader->Read(&request)) parts.push_back(request);
    *response = answer;
    return refusal;
  }

  Folder folder_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace signpost::cli
