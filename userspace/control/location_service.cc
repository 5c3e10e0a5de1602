#include <grpcpp/grpcpp.h>

#include <algorithm>

#include "base/status.h"
#include "control/location_text.h"
#include "control/service_support.h"
#include "control/services.h"
#include "signpost/v1/control.grpc.pb.h"

namespace signpost::control {
namespace {

class LocationService final : public v1::LocationService::Service {
 public:
  explicit LocationService(const ServiceContext& context) : context_(context) {}

  grpc::Status GetLocationData(grpc::ServerContext*, const v1::GetLocationDataRequest*,
                               v1::LocationData* out) override {
    fill(*out);
    return grpc::Status::OK;
  }

  grpc::Status ReloadLocationData(grpc::ServerContext*, const v1::ReloadLocationDataRequest*,
                                  v1::LocationData* out) override {
    if (absl::Status loaded = context_.locations->reload(); !loaded.ok()) return to_grpc(loaded);
    fill(*out);
    return grpc::Status::OK;
  }

  grpc::Status Locate(grpc::ServerContext*, const v1::LocateRequest* request,
                      v1::ClientLocation* out) override {
    const absl::StatusOr<model::Prefix> client = read_client(request->client(), "client");
    if (!client.ok()) return to_grpc(client.status());
    const RunningPtr running = context_.controller->running();
    const model::LocalityMap& map = *running->table->localities;
    describe(*client, map.find(*client), map, *out);
    return grpc::Status::OK;
  }

  grpc::Status PushRoundTrips(grpc::ServerContext*,
                              grpc::ServerReader<v1::PushRoundTripsRequest>* stream,
                              v1::PushRoundTripsResponse* out) override {
    v1::PushRoundTripsRequest request;
    std::uint64_t taken = 0;
    while (stream->Read(&request)) {
      for (const v1::RoundTripSample& sample : request.samples()) {
        const absl::Status added = add(sample);
        if (!added.ok()) return to_grpc(annotate(added, absl::StrCat("samples[", taken, "]")));
        ++taken;
      }
    }
    out->set_samples(taken);
    return grpc::Status::OK;
  }

  grpc::Status ListRoundTrips(grpc::ServerContext*, const v1::ListRoundTripsRequest* request,
                              v1::ListRoundTripsResponse* out) override {
    return to_grpc(list(*request, *out));
  }

 private:
  void fill(v1::LocationData& out) const {
    describe(context_.locations->state(), context_.locations->options(),
             context_.controller->running()->config, context_.demand(), out);
  }

  absl::Status add(const v1::RoundTripSample& sample) {
    ASSIGN_OR_RETURN(const model::Prefix prefix, read_client(sample.prefix(), "prefix"));
    return context_.locations->add_sample(prefix, sample.region(), sample.milliseconds());
  }

  // A page token is the place in the list: pairs come and go meanwhile, and no page may be large.
  absl::Status list(const v1::ListRoundTripsRequest& request, v1::ListRoundTripsResponse& out) {
    ASSIGN_OR_RETURN(const std::string token, from_token(request.page_token()));
    const std::vector<geo::MeasuredRoundTrip> all = context_.locations->round_trips();
    const std::size_t first =
        std::min<std::size_t>(std::strtoull(token.c_str(), nullptr, 10), all.size());
    const std::size_t end = std::min(first + page_size(request.page_size()), all.size());
    for (std::size_t i = first; i < end; ++i) {
      v1::ListRoundTripsResponse::Item& item = *out.add_round_trips();
      item.set_prefix(all[i].prefix.text());
      item.set_region(all[i].region);
      item.set_milliseconds(all[i].milliseconds);
      item.set_samples(all[i].samples);
      item.mutable_last()->set_seconds(all[i].last.time_since_epoch().count());
    }
    if (end < all.size()) out.set_next_page_token(to_token(absl::StrCat(end)));
    return absl::OkStatus();
  }

  const ServiceContext context_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_location_service(const ServiceContext& context) {
  return std::make_unique<LocationService>(context);
}

}  // namespace signpost::control
