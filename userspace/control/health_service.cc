#include <grpcpp/grpcpp.h>

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/health_list.h"
#include "control/service_support.h"
#include "control/services.h"
#include "control/translate.h"
#include "signpost/v1/control.grpc.pb.h"

namespace signpost::control {
namespace {

constexpr std::size_t kReasonMax = 500;
constexpr std::chrono::milliseconds kCancelledCheckEvery{100};

double to_milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

v1::TestHealthCheckResponse::Outcome to_proto(health::ProbeOutcome outcome) {
  switch (outcome) {
    case health::ProbeOutcome::kSuccess:
      return v1::TestHealthCheckResponse::SUCCESS;
    case health::ProbeOutcome::kFailure:
      return v1::TestHealthCheckResponse::FAILURE;
    case health::ProbeOutcome::kDiscarded:
      return v1::TestHealthCheckResponse::DISCARDED;
    case health::ProbeOutcome::kNoData:
      return v1::TestHealthCheckResponse::NO_DATA;
  }
  return v1::TestHealthCheckResponse::OUTCOME_UNSPECIFIED;
}

class HealthService final : public v1::HealthService::Service {
 public:
  explicit HealthService(const ServiceContext& context) : context_(context) {}

  grpc::Status TestHealthCheck(grpc::ServerContext* call, const v1::TestHealthCheckRequest* request,
                               v1::TestHealthCheckResponse* out) override {
    return to_grpc(test(*call, *request, *out));
  }

  grpc::Status SetRecoveryControl(grpc::ServerContext* call,
                                  const v1::SetRecoveryControlRequest* request,
                                  v1::SetRecoveryControlResponse*) override {
    return to_grpc(set_switch(author_of(*call), *request));
  }

  grpc::Status ListHealthHistory(grpc::ServerContext*, const v1::ListHealthHistoryRequest* request,
                                 v1::ListHealthHistoryResponse* out) override {
    return to_grpc(list_history(*request, *out));
  }

 private:
  absl::StatusOr<model::HealthCheckPtr> check_of(const v1::TestHealthCheckRequest& request) {
    if (request.has_health_check()) return from_proto(request.health_check(), "health_check");
    const RunningPtr running = context_.controller->running();
    const model::HealthCheckPtr* check = running->config.health_checks.find(request.id());
    if (check == nullptr) return not_found("health check ", request.id(), " does not exist");
    return *check;
  }

  absl::Status test(const grpc::ServerContext& call, const v1::TestHealthCheckRequest& request,
                    v1::TestHealthCheckResponse& out) {
    ASSIGN_OR_RETURN(const model::HealthCheckPtr check, check_of(request));
    if (!model::is_probed(*check)) {
      return failed_precondition("health check ", check->id, " is of kind ",
                                 model::kind_name(check->kind), ", which is not probed");
    }
    const auto promise = std::make_shared<std::promise<health::ProbeResult>>();
    std::future<health::ProbeResult> future = promise->get_future();
    context_.test_check(
        check, [promise](const health::ProbeResult& result) { promise->set_value(result); });
    while (future.wait_for(kCancelledCheckEvery) != std::future_status::ready) {
      if (call.IsCancelled()) return absl::CancelledError("nobody waits for the result");
    }
    out.set_target(model::target_text(check->kind));
    fill(future.get(), out);
    return absl::OkStatus();
  }

  static void fill(const health::ProbeResult& result, v1::TestHealthCheckResponse& out) {
    out.set_outcome(to_proto(result.outcome));
    out.set_result(result.text);
    out.set_milliseconds(to_milliseconds(result.elapsed));
    for (const health::ProbeStep& each : result.steps) {
      v1::TestHealthCheckResponse::Step& step = *out.add_steps();
      step.set_milliseconds(to_milliseconds(each.at));
      step.set_text(each.text);
    }
    if (result.certificate_expires)
      set_time(*result.certificate_expires, *out.mutable_certificate_expires());
  }

  absl::Status set_switch(const std::string& author, const v1::SetRecoveryControlRequest& request) {
    if (request.reason().size() > kReasonMax)
      return invalid_argument("reason: is too long; use at most 500 octets");
    const std::string reason =
        absl::StrCat(request.reason(), request.reason().empty() ? "by " : ", by ", author);
    if (request.break_glass() && request.reason().empty())
      return invalid_argument("reason: is missing; breaking the glass needs one");
    RETURN_IF_ERROR(
        context_.controller->set_switch(request.id(), request.on(), reason, request.break_glass()));
    log::info("recovery control set",
              {{"check", request.id()}, {"on", request.on()}, {"reason", reason}});
    return absl::OkStatus();
  }

  absl::Status list_history(const v1::ListHealthHistoryRequest& request,
                            v1::ListHealthHistoryResponse& out) {
    ASSIGN_OR_RETURN(const std::int64_t before, number_from_token(request.page_token()));
    const std::size_t size = page_size(request.page_size());
    ASSIGN_OR_RETURN(const std::vector<HealthFlip> flips,
                     context_.store->health_history(request.id(), before, size));
    for (const HealthFlip& flip : flips) {
      v1::ListHealthHistoryResponse::Item& item = *out.add_items();
      item.set_id(flip.check_id);
      set_time(flip.time, *item.mutable_time());
      item.set_status(control::to_proto(flip.health));
      item.set_reason(flip.reason);
    }
    if (flips.size() == size) out.set_next_page_token(to_token(absl::StrCat(flips.back().number)));
    return absl::OkStatus();
  }

  const ServiceContext context_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_health_service(const ServiceContext& context) {
  return std::make_unique<HealthService>(context);
}

}  // namespace signpost::control
