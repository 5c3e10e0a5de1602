// The gRPC service of traffic.proto.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "control/answer_counts.h"
#include "control/fast_path.h"
#include "control/query_watch.h"
#include "control/running.h"
#include "server/reply_counts.h"

namespace grpc {
class Service;
}

namespace signpost::control {

// What the service reads; all of it must outlive the service.
struct TrafficSources {
  AnswerCounts* counts = nullptr;
  QueryWatch* queries = nullptr;
  std::function<RunningPtr()> running;
  std::function<std::vector<FastPathReport::Reason>()> reasons;  // of the fast path
  std::function<std::vector<server::ReplyCount>()> fast_replies;
  std::function<std::vector<server::ReplyCount>()> slow_replies;
  std::function<bool()> stopping;  // calls end soon after it is true
};

std::unique_ptr<grpc::Service> make_traffic_service(TrafficSources sources);

}  // namespace signpost::control
