// A histogram of durations that one thread fills, and others read.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/metrics.h"
#include "server/tally.h"

namespace signpost::server {

class DurationTallies {
 public:
  // `queries` of them took `duration` each.
  void observe(std::chrono::nanoseconds duration, std::uint64_t queries);

  // Adds what was observed; an empty snapshot gets the bounds.
  void add_to(metrics::Histogram::Snapshot& snapshot) const;

 private:
  // In seconds: from what an answer out of a warm cache takes to what a resolver waits for.
  static constexpr std::array<double, 15> kBounds = {0.00001, 0.000025, 0.00005, 0.0001, 0.00025,
                                                     0.0005,  0.001,    0.0025,  0.005,  0.01,
                                                     0.025,   0.05,     0.1,     0.25,   1};

  std::array<Tally, kBounds.size() + 1> counts_;
  Tally nanoseconds_;
};

}  // namespace signpost::server
