#include "control/schedule_service.h"

#include <grpcpp/grpcpp.h>

#include <optional>
#include <string>
#include <utility>

#include "base/status.h"
#include "control/desired_diff.h"
#include "control/planned_change.h"
#include "control/schedule.h"
#include "control/schedule_plan.h"
#include "control/service_support.h"
#include "signpost/v1/schedule.grpc.pb.h"

namespace signpost::control {
namespace {

constexpr std::uint32_t kTtlMax = 86400;
constexpr std::size_t kCommentMax = 1024;

struct ScheduleRequest {
  v1::ScheduleOptions options;
  v1::ApplyOptions apply;
  PlanReader plan;

  absl::Status add(const v1::ScheduleChangeRequest& part, bool first) {
    if (part.has_options() && !first)
      return invalid_argument("options: only the first message of the stream may have them");
    if (first) {
      options = part.options();
      apply = part.plan().options();
      RETURN_IF_ERROR(check_options());
    }
    return plan.add(part.plan());
  }

 private:
  absl::Status check_options() const {
    if (options.ttl_seconds() == 0 || options.ttl_seconds() > kTtlMax) {
      return invalid_argument("options.ttl_seconds: ", options.ttl_seconds(),
                              " is not allowed; use 1 to ", kTtlMax);
    }
    if (apply.comment().size() > kCommentMax) {
      return invalid_argument("comment: has ", apply.comment().size(), " characters; use at most ",
                              kCommentMax);
    }
    return absl::OkStatus();
  }
};

class ScheduleService final : public v1::ScheduleService::Service {
 public:
  ScheduleService(Controller& controller, Scheduler& scheduler)
      : controller_(controller), scheduler_(scheduler) {}

  grpc::Status ScheduleChange(grpc::ServerContext* call,
                              grpc::ServerReader<v1::ScheduleChangeRequest>* stream,
                              v1::Schedule* out) override {
    ScheduleRequest request;
    v1::ScheduleChangeRequest part;
    for (bool first = true; stream->Read(&part); first = false)
      if (const absl::Status added = request.add(part, first); !added.ok()) return to_grpc(added);
    if (call->IsCancelled()) return grpc::Status::CANCELLED;
    return to_grpc(schedule(request, author_of(*call), *out));
  }

  grpc::Status ListSchedules(grpc::ServerContext*, const v1::ListSchedulesRequest*,
                             v1::ListSchedulesResponse* out) override {
    for (v1::Schedule& schedule : scheduler_.list()) *out->add_schedules() = std::move(schedule);
    return grpc::Status::OK;
  }

  grpc::Status CancelSchedule(grpc::ServerContext* call, const v1::CancelScheduleRequest* request,
                              v1::Schedule* out) override {
    absl::StatusOr<v1::Schedule> cancelled = scheduler_.cancel(request->number(), author_of(*call));
    if (!cancelled.ok()) return to_grpc(cancelled.status());
    *out = *std::move(cancelled);
    return grpc::Status::OK;
  }

 private:
  absl::Status schedule(ScheduleRequest& request, const std::string& author, v1::Schedule& out) {
    ASSIGN_OR_RETURN(const DesiredPlan desired, request.plan.finish());
    const RunningPtr running = controller_.running();
    ASSIGN_OR_RETURN(const PlannedChange change, desired.against(*running));
    if (!request.apply.force())
      RETURN_IF_ERROR(check_removals(count(change.deltas), running->record_sets_total));
    // Before the TTLs are looked at: those of another schedule are lowered already.
    RETURN_IF_ERROR(scheduler_.check_free(change.deltas));
    ASSIGN_OR_RETURN(Schedule schedule,
                     plan_schedule(*running, change, request.options.ttl_seconds()));
    schedule.shown.set_author(author);
    schedule.shown.set_comment(request.apply.comment());
    std::optional<SchedulerContext::SystemTime> change_at;
    if (request.options.has_change_at()) change_at = time_of(request.options.change_at());
    ASSIGN_OR_RETURN(out,
                     scheduler_.add(std::move(schedule), change_at, request.options.dry_run()));
    return absl::OkStatus();
  }

  Controller& controller_;
  Scheduler& scheduler_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_schedule_service(Controller& controller, Scheduler& scheduler) {
  return std::make_unique<ScheduleService>(controller, scheduler);
}

}  // namespace signpost::control
