#include "upstream/resolver_metrics.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace signpost::upstream {

using metrics::Family;
using metrics::Type;

namespace {

void collect_states(const std::vector<TargetState>& states, std::vector<Family>& families) {
  using std::chrono::system_clock;
  const std::int64_t now = system_clock::to_time_t(system_clock::now());
  double answered = 0;
  double failing = 0;
  double unresolved = 0;
  std::int64_t age = 0;
  for (const TargetState& state : states) {
    ++(!state.answer ? unresolved : state.failing_since ? failing : answered);
    if (state.answer) age = std::max(age, now - state.answer->resolved);
  }
  Family targets(Type::kGauge, "signpost_upstream_targets",
                 "External alias targets: answered, failing with their last answer kept, or "
                 "unresolved without any.");
  targets.add({{"state", "answered"}}, answered);
  targets.add({{"state", "failing"}}, failing);
  targets.add({{"state", "unresolved"}}, unresolved);
  families.push_back(std::move(targets));
  Family oldest(Type::kGauge, "signpost_upstream_oldest_answer_age_seconds",
                "Time since the answer that was confirmed longest ago; 0 without answers.");
  oldest.add(static_cast<double>(age));
  families.push_back(std::move(oldest));
}

}  // namespace

void ResolverMetrics::count(const Server& server, const ExchangeResult& result) {
  seconds_.observe(std::chrono::duration<double>(result.elapsed).count());
  const std::lock_guard lock(mutex_);
  ByServer& counts = servers_[to_text(server)];
  ++(result.resolution.ok() ? counts.answers : counts.failures);
  counts.ignored += result.ignored;
}

void ResolverMetrics::collect(const std::vector<TargetState>& states,
                              std::vector<Family>& families) const {
  collect_states(states, families);
  Family queries(Type::kCounter, "signpost_upstream_queries_total",
                 "Queries to resolvers that ended, by outcome.");
  Family ignored(Type::kCounter, "signpost_upstream_messages_ignored_total",
                 "Messages that came in reply to a query and do not belong to it: late or forged.");
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [server, counts] : servers_) {
      queries.add({{"server", server}, {"outcome", "answer"}}, static_cast<double>(counts.answers));
      queries.add({{"server", server}, {"outcome", "failure"}},
                  static_cast<double>(counts.failures));
      ignored.add({{"server", server}}, static_cast<double>(counts.ignored));
    }
  }
  families.push_back(std::move(queries));
  families.push_back(std::move(ignored));
  Family seconds(Type::kHistogram, "signpost_upstream_query_duration_seconds",
                 "Duration of queries to resolvers, failed ones included.");
  seconds.add(metrics::Labels{}, seconds_.snapshot());
  families.push_back(std::move(seconds));
}

}  // namespace signpost::upstream
