// When a secondary asks its primaries for a zone, and until when it may answer from what it has
// (RFC 1034 section 4.3.5). Pure: the time and the chance are arguments.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "dns/rdata.h"

namespace signpost::secondary {

class RefreshTimes {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Of a zone without records: it is due at once.
  explicit RefreshTimes(Time now) : due_(now) {}

  // A zone is held whose primaries were last heard at `contact`: it is due at once.
  void hold(const dns::Soa& soa, Time contact, Time now);

  // A primary has the zone as it is held now. `chance`, here and below: from 0 to 1.
  void contacted(const dns::Soa& soa, Time now, double chance);

  // No primary could say anything of the zone.
  void failed(Time now, double chance);

  // A primary says that the zone has changed.
  void notified(Time now) { due_ = now; }

  // The zone has no records any more.
  void dropped() { expires_.reset(); }

  Time due() const { return due_; }
  // Nothing if there are no records.
  std::optional<Time> expires() const { return expires_; }

 private:
  void set_timers(const dns::Soa& soa);

  Time due_;
  std::optional<Time> expires_;
  std::chrono::seconds refresh_{0};
  std::chrono::seconds retry_{0};
  std::chrono::seconds expire_{0};
  unsigned failures_ = 0;  // in a row
};

}  // namespace signpost::secondary
