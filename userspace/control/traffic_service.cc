#include "control/traffic_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "base/status.h"
#include "control/call_limit.h"
#include "control/reply_labels.h"
#include "control/service_support.h"
#include "policy/compose.h"
#include "signpost/v1/traffic.grpc.pb.h"

namespace signpost::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kCancelledCheckEvery{100};
constexpr milliseconds kIntervalDefault{1000};
constexpr milliseconds kIntervalMin{100};
constexpr milliseconds kIntervalMax{60'000};
constexpr std::uint32_t kTopDefault = 10;
constexpr std::uint32_t kTopMax = 1000;
constexpr int kWatchersMax = 4;  // each reads all counters again and again
// The reason of packets that are not for the daemon at all.
constexpr const char* kNotDns = "not_dns";

struct Settings {
  milliseconds interval = kIntervalDefault;
  std::size_t top = kTopDefault;
};

absl::StatusOr<Settings> read_settings(const v1::WatchTrafficRequest& request) {
  Settings settings;
  if (request.interval_milliseconds() != 0)
    settings.interval = milliseconds(request.interval_milliseconds());
  if (settings.interval < kIntervalMin || settings.interval > kIntervalMax) {
    return invalid_argument("interval_milliseconds: ", settings.interval.count(),
                            " is not from 100 to 60,000");
  }
  if (request.top() != 0) settings.top = request.top();
  if (settings.top > kTopMax) return invalid_argument("top: ", settings.top, " is above 1,000");
  return settings;
}

// All counters at one moment.
struct Counters {
  steady_clock::time_point time;
  std::vector<server::ReplyCount> fast;
  std::vector<server::ReplyCount> slow;
  std::vector<FastPathReport::Reason> reasons;
};

// What the counts grew by; those that did not are left off.
std::vector<server::ReplyCount> growth(const std::vector<server::ReplyCount>& before,
                                       const std::vector<server::ReplyCount>& now) {
  std::vector<server::ReplyCount> more;
  for (server::ReplyCount count : now) {
    const auto same = std::find_if(before.begin(), before.end(), [&](const auto& other) {
      return std::tie(other.rcode, other.outcome, other.type) ==
             std::tie(count.rcode, count.outcome, count.type);
    });
    if (same != before.end()) count.replies -= same->replies;
    if (count.replies != 0) more.push_back(count);
  }
  return more;
}

void add_replies(const std::string& path, const std::vector<server::ReplyCount>& counts,
                 v1::TrafficReading& out) {
  for (const LabelledReplies& replies : labelled(counts)) {
    v1::ReplyTraffic& line = *out.add_replies();
    line.set_path(path);
    line.set_type(replies.type);
    line.set_rcode(replies.rcode);
    line.set_outcome(replies.outcome);
    line.set_replies(replies.replies);
  }
}

void add_passes(const std::vector<FastPathReport::Reason>& before,
                const std::vector<FastPathReport::Reason>& now, v1::TrafficReading& out) {
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (now[i].verdict != kPassVerdict || now[i].label == kNotDns) continue;
    const std::uint64_t packets = now[i].packets - (i < before.size() ? before[i].packets : 0);
    if (packets == 0) continue;
    v1::PassTraffic& line = *out.add_passes();
    line.set_reason(now[i].label);
    line.set_packets(packets);
  }
}

void add_policies(const AnswerCounts::Since& since, v1::TrafficReading& out) {
  for (const AnswerCounts::ChoiceAnswers& choice : since.choices) {
    v1::ChoiceTraffic& line = *out.add_choices();
    line.set_name(choice.owner.text());
    if (choice.type != policy::kOtherTypes) line.set_type(dns::to_text(choice.type));
    line.set_choice(choice.choice);
    line.set_answers(choice.answers);
  }
  for (const AnswerCounts::EndpointAnswers& endpoint : since.endpoints) {
    v1::EndpointTraffic& line = *out.add_endpoints();
    line.set_endpoint(endpoint.endpoint);
    line.set_answers(endpoint.answers);
  }
  out.set_choice_answers(since.choice_answers);
  out.set_endpoint_answers(since.endpoint_answers);
}

void add_queries(const QueriesSeen& seen, v1::TrafficReading& out) {
  for (const auto& [name, queries] : seen.names) {
    v1::NameTraffic& line = *out.add_names();
    line.set_name(name.text());
    line.set_queries(queries);
  }
  for (const auto& [prefix, queries] : seen.prefixes) {
    v1::PrefixTraffic& line = *out.add_prefixes();
    line.set_prefix(prefix.text());
    line.set_queries(queries);
  }
  out.set_queries(seen.queries);
}

class TrafficService final : public v1::TrafficService::Service {
 public:
  explicit TrafficService(TrafficSources sources) : sources_(std::move(sources)) {}

  grpc::Status WatchTraffic(grpc::ServerContext* call, const v1::WatchTrafficRequest* request,
                            grpc::ServerWriter<v1::TrafficReading>* out) override {
    return to_grpc(limit_.run([&] { return watch(*call, *request, *out); }));
  }

 private:
  absl::Status watch(const grpc::ServerContext& call, const v1::WatchTrafficRequest& request,
                     grpc::ServerWriter<v1::TrafficReading>& out) {
    ASSIGN_OR_RETURN(const Settings settings, read_settings(request));
    out.SendInitialMetadata();
    const std::unique_ptr<QueryWatch::Watcher> queries = sources_.queries->watch();
    Counters before = read_counters();
    AnswerCounts::Mark mark = sources_.counts->mark();
    while (wait_until(before.time + settings.interval, call)) {
      Counters now = read_counters();
      v1::TrafficReading reading;
      describe(before, now, reading);
      add_policies(sources_.counts->since(mark, settings.top), reading);
      add_queries(queries->take(settings.top), reading);
      if (!out.Write(reading)) break;
      before = std::move(now);
    }
    if (sources_.stopping()) return unavailable("signpostd is stopping");
    return absl::CancelledError("the reader has gone");
  }

  // False as soon as there is nobody to wait for.
  bool wait_until(steady_clock::time_point due, const grpc::ServerContext& call) const {
    while (!call.IsCancelled() && !sources_.stopping()) {
      const steady_clock::time_point now = steady_clock::now();
      if (now >= due) return true;
      std::this_thread::sleep_for(
          std::min<steady_clock::duration>(due - now, kCancelledCheckEvery));
    }
    return false;
  }

  Counters read_counters() const {
    return {steady_clock::now(), sources_.fast_replies(), sources_.slow_replies(),
            sources_.reasons()};
  }

  void describe(const Counters& before, const Counters& now, v1::TrafficReading& out) const {
    set_time(std::chrono::system_clock::now(), *out.mutable_time());
    out.set_seconds(std::chrono::duration<double>(now.time - before.time).count());
    const RunningPtr running = sources_.running();
    out.set_generation(running->config.generation);
    out.set_table_generation(running->table->generation);
    add_replies("fast", growth(before.fast, now.fast), out);
    add_replies("slow", growth(before.slow, now.slow), out);
    add_passes(before.reasons, now.reasons, out);
    std::sort(out.mutable_replies()->begin(), out.mutable_replies()->end(),
              [](const auto& a, const auto& b) { return a.replies() > b.replies(); });
    std::sort(out.mutable_passes()->begin(), out.mutable_passes()->end(),
              [](const auto& a, const auto& b) { return a.packets() > b.packets(); });
  }

  const TrafficSources sources_;
  CallLimit limit_{kWatchersMax};
};

}  // namespace

std::unique_ptr<grpc::Service> make_traffic_service(TrafficSources sources) {
  return std::make_unique<TrafficService>(std::move(sources));
}

}  // namespace signpost::control
