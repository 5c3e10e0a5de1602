#include "control/access/stream_pacer.h"

#include <limits>

namespace signpost::control {
namespace {

// Beyond so many, those are forgotten whose bucket is full: a new one would be the same.
constexpr std::size_t kOwnersKept = 1024;

}  // namespace

std::chrono::nanoseconds StreamPacer::reserve(const std::string& owner, std::size_t streams,
                                              Time now) {
  if (streams == 0) return {};
  if (owners_.size() >= kOwnersKept && !owners_.contains(owner)) forget_idle(now);
  TokenBucket& bucket = owners_.try_emplace(owner, limits_.burst, now).first->second;
  bucket.fill(limits_.per_second, limits_.burst, now);
  bucket.take(static_cast<double>(streams), std::numeric_limits<double>::infinity());
  if (bucket.tokens() >= 0) return {};
  const std::chrono::duration<double> wait(-bucket.tokens() / limits_.per_second);
  return std::chrono::ceil<std::chrono::nanoseconds>(wait);
}

void StreamPacer::forget_idle(Time now) {
  absl::erase_if(owners_, [&](const auto& entry) {
    return entry.second.tokens_at(limits_.per_second, limits_.burst, now) >= limits_.burst;
  });
}

}  // namespace signpost::control
