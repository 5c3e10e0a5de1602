// What the resolver counts about itself, beside the states of its targets.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "upstream/exchange.h"
#include "upstream/target_resolver.h"

namespace signpost::upstream {

class ResolverMetrics {
 public:
  void count(const Server& server, const ExchangeResult& result);

  void collect(const std::vector<TargetState>& states,
               std::vector<metrics::Family>& families) const;

 private:
  struct ByServer {
    std::uint64_t answers = 0;
    std::uint64_t failures = 0;
    std::uint64_t ignored = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::string, ByServer> servers_;
  metrics::Histogram seconds_{{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5}};
};

}  // namespace signpost::upstream
