// What the monitor counts about itself, beside the states of its checks.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "base/metrics.h"
#include "health/monitor.h"
#include "health/probe.h"

namespace signpost::health {

class MonitorMetrics {
 public:
  void count_probe(const model::CheckKind& kind, const ProbeResult& result);
  void count_late_slots(std::uint64_t slots) { late_slots_.add(slots); }
  void count_busy_slot() { busy_slots_.add(); }

  void collect(const std::vector<CheckState>& states, std::vector<metrics::Family>& families) const;

 private:
  struct ByKind {
    std::array<metrics::Counter, 4> outcomes;  // by ProbeOutcome
    metrics::Histogram seconds{
        {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}};
  };

  static constexpr std::array<const char*, 8> kKindNames{"command", "dns",  "grpc",   "http",
                                                         "https",   "icmp", "metric", "tcp"};

  std::array<ByKind, kKindNames.size()> kinds_;
  metrics::Counter late_slots_;
  metrics::Counter busy_slots_;
};

}  // namespace signpost::health
