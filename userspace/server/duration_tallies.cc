#include "server/duration_tallies.h"

#include <algorithm>

namespace signpost::server {

void DurationTallies::observe(std::chrono::nanoseconds duration, std::uint64_t queries) {
  const double seconds = std::chrono::duration<double>(duration).count();
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  counts_[static_cast<std::size_t>(bound - kBounds.begin())].add(queries);
  nanoseconds_.add(static_cast<std::uint64_t>(duration.count()) * queries);
}

void DurationTallies::add_to(metrics::Histogram::Snapshot& snapshot) const {
  if (snapshot.counts.empty()) {
    snapshot.upper_bounds.assign(kBounds.begin(), kBounds.end());
    snapshot.counts.resize(counts_.size());
  }
  for (std::size_t i = 0; i < counts_.size(); ++i) snapshot.counts[i] += counts_[i].value();
  snapshot.sum += static_cast<double>(nanoseconds_.value()) * 1e-9;
}

}  // namespace signpost::server
