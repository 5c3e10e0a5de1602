// How soon the streams that somebody opens are let through.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "control/access/token_bucket.h"

namespace signpost::control {

// Twice what CallQuota admits: who keeps to that is never slowed down, and who does not is refused
// by it.
struct StreamLimits {
  double per_second = 2000;
  double burst = 1000;
};

// For one thread.
class StreamPacer {
 public:
  using Time = TokenBucket::Time;

  explicit StreamPacer(StreamLimits limits) : limits_(limits) {}

  // Takes a place for so many further streams of an owner, and says after what time they may go on:
  // behind all whose place was taken before.
  std::chrono::nanoseconds reserve(const std::string& owner, std::size_t streams, Time now);

 private:
  void forget_idle(Time now);

  const StreamLimits limits_;
  absl::flat_hash_map<std::string, TokenBucket> owners_;
};

}  // namespace signpost::control
