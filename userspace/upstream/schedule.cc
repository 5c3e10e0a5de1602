#include "upstream/schedule.h"

#include <algorithm>

namespace signpost::upstream {

using std::chrono::milliseconds;

Schedule::Schedule(const Options& options)
    : options_(options), random_(options.seed ? *options.seed : std::random_device()()) {}

milliseconds Schedule::until_refresh(std::uint32_t ttl_seconds) {
  const milliseconds ttl = std::chrono::seconds(ttl_seconds);
  return scaled(std::clamp(ttl, options_.ttl_min, options_.ttl_max), 0.85, 0.95);
}

milliseconds Schedule::until_retry(unsigned failures) {
  milliseconds pause = options_.backoff_min;
  for (unsigned i = 1; i < failures && pause < options_.backoff_max; ++i) pause *= 2;
  return scaled(std::min(pause, options_.backoff_max), 0.9, 1.1);
}

milliseconds Schedule::scaled(milliseconds time, double least, double most) {
  const double factor = std::uniform_real_distribution<double>(least, most)(random_);
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(time.count()) * factor));
}

}  // namespace signpost::upstream
