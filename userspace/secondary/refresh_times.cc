#include "secondary/refresh_times.h"

#include <algorithm>

namespace signpost::secondary {
namespace {

using std::chrono::seconds;
using Time = RefreshTimes::Time;

// Whatever an SOA says: a primary is not flooded, and is not forgotten. The lower bounds are those
// of Knot DNS, the upper ones those of BIND.
constexpr seconds kRefreshMin{2};
constexpr seconds kRefreshMax{4 * 7 * 86400};
constexpr seconds kRetryMin{1};
constexpr seconds kRetryMax{2 * 7 * 86400};
constexpr seconds kExpireMin{3};
constexpr seconds kExpireMax{24 * 7 * 86400};
// Of a zone without records, whose SOA is not known.
constexpr seconds kFirstRetryMin{2};
constexpr seconds kFirstRetryMax{600};

// At most a tenth earlier, so that zones that came together are not asked for together for ever.
Time after(Time now, seconds wait, double chance) {
  const std::chrono::duration<double> shortened = wait * (1 - chance / 10);
  return now + std::chrono::duration_cast<Time::duration>(shortened);
}

}  // namespace

void RefreshTimes::set_timers(const dns::Soa& soa) {
  refresh_ = std::clamp(seconds(soa.refresh), kRefreshMin, kRefreshMax);
  retry_ = std::clamp(seconds(soa.retry), kRetryMin, kRetryMax);
  expire_ = std::clamp(seconds(soa.expire), kExpireMin, kExpireMax);
}

void RefreshTimes::hold(const dns::Soa& soa, Time contact, Time now) {
  set_timers(soa);
  expires_ = contact + expire_;
  due_ = now;
}

void RefreshTimes::contacted(const dns::Soa& soa, Time now, double chance) {
  set_timers(soa);
  failures_ = 0;
  expires_ = now + expire_;
  due_ = after(now, refresh_, chance);
}

void RefreshTimes::failed(Time now, double chance) {
  seconds wait = retry_;
  if (!expires_) {
    wait = kFirstRetryMin;
    for (unsigned i = 0; i < failures_ && wait < kFirstRetryMax; ++i) wait *= 2;
    wait = std::min(wait, kFirstRetryMax);
  }
  ++failures_;
  due_ = after(now, wait, chance);
}

}  // namespace signpost::secondary
