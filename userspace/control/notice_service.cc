#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <utility>

#include "base/status.h"
#include "control/call_limit.h"
#include "control/notice_form.h"
#include "control/service_support.h"
#include "control/services.h"
#include "control/translate.h"
#include "signpost/v1/notices.grpc.pb.h"

namespace signpost::control {
namespace {

constexpr std::chrono::milliseconds kCancelledCheckEvery{100};
constexpr std::size_t kPage = 100;
constexpr int kWatchersMax = 16;

class NoticeService final : public v1::NoticeService::Service {
 public:
  explicit NoticeService(const ServiceContext& context) : context_(context) {}

  grpc::Status WatchNotices(grpc::ServerContext* call, const v1::WatchNoticesRequest* request,
                            grpc::ServerWriter<v1::WatchNoticesResponse>* out) override {
    return to_grpc(watchers_.run([&] { return watch(*call, *request, *out); }));
  }

  grpc::Status ListNoticeReceivers(grpc::ServerContext*,
                                   const v1::ListNoticeReceiversRequest* request,
                                   v1::ListNoticeReceiversResponse* out) override {
    return to_grpc(list(*request, *out));
  }

 private:
  // A reader that is slow is waited for in Write(), with one page in our hands: what it costs is
  // that it misses what is no longer kept then.
  absl::Status watch(const grpc::ServerContext& call, const v1::WatchNoticesRequest& request,
                     grpc::ServerWriter<v1::WatchNoticesResponse>& out) {
    const notices::NoticeLog& log = *context_.notices;
    const std::uint64_t newest = log.last();
    std::uint64_t seen = request.has_after() ? request.after() : newest;
    if (seen > newest) {
      return absl::OutOfRangeError(absl::StrCat("after: there is no notice ", seen,
                                                " yet; the newest is ", newest,
                                                ", use 0 for all that are kept"));
    }
    out.SendInitialMetadata();
    while (!call.IsCancelled()) {
      if (log.closed()) return unavailable("signpostd is stopping; go on with --after ", seen);
      if (!log.wait(seen, kCancelledCheckEvery)) continue;
      for (const model::NoticePtr& notice : log.after(seen, kPage)) {
        v1::WatchNoticesResponse response;
        to_proto(*notice, *response.mutable_notice());
        response.set_missed(notice->number - seen - 1);
        if (!out.Write(response)) return absl::CancelledError("the reader has gone");
        seen = notice->number;
      }
    }
    return absl::CancelledError("the reader has gone");
  }

  absl::Status list(const v1::ListNoticeReceiversRequest& request,
                    v1::ListNoticeReceiversResponse& out) {
    const std::map<std::string, notices::ReceiverState> states = context_.receiver_states();
    std::vector<std::string> keys;
    keys.reserve(states.size());
    for (const auto& [id, state] : states) keys.push_back(id);
    ASSIGN_OR_RETURN(const Page page,
                     page_of(std::move(keys), request.page_size(), request.page_token()));
    for (const std::string& id : page.keys) fill(states.at(id), *out.add_items());
    out.set_next_page_token(page.next_token);
    return absl::OkStatus();
  }

  static void fill(const notices::ReceiverState& state,
                   v1::ListNoticeReceiversResponse::Item& item) {
    control::to_proto(*state.receiver, *item.mutable_notice_receiver());
    item.set_waiting(state.waiting);
    item.set_sent(state.sent);
    item.set_failed(state.failed);
    item.set_refused(state.refused);
    item.set_dropped(state.dropped);
    item.set_last_error(state.last_error);
    if (state.last_sent) set_time(*state.last_sent, *item.mutable_last_sent());
  }

  const ServiceContext context_;
  CallLimit watchers_{kWatchersMax};
};

}  // namespace

std::unique_ptr<grpc::Service> make_notice_service(const ServiceContext& context) {
  return std::make_unique<NoticeService>(context);
}

}  // namespace signpost::control
