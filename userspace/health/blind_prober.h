// When the prober suspects itself: the network of this host is gone rather than all targets at
// once. Pure: time comes in as an argument.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "health/schedule.h"
#include "model/health_check.h"
#include "model/notice.h"

namespace signpost::health {

struct BlindProberSettings {
  // Ids of checks whose targets tell whether we see at all. None: any target that had failed does.
  std::set<std::string> references;
  // The longest time to hold the last state. What a real failure of most targets is noticed later
  // by, at worst.
  std::chrono::milliseconds at_most{30'000};
};

// The rule: within one interval of theirs, more than half of the healthy targets failed, and at
// least three. Of one or two targets more than half is a single failure, which is more likely than
// that we are blind; a target is a host, because the checks of one host fail together. A host has
// failed if all its healthy checks have. The rule does not hold if a reference has passed since the
// first of those failures.
//
// It ends when a reference passes, or, without references, a check that had failed, or after
// at_most; it does not begin again by the same failures.
class BlindProber {
 public:
  explicit BlindProber(BlindProberSettings settings) : settings_(std::move(settings)) {}

  // The result of a probe of a check that was healthy or not. True: leave it out of the verdict.
  bool observe(const model::HealthCheck& check, bool was_healthy, bool success, SteadyTime now);

  // The check is probed no more.
  void forget(const std::string& id) { checks_.erase(id); }

  std::optional<SteadyTime> blind_since() const { return since_; }

  // What the last observe() began or ended; once.
  std::optional<model::BlindProberEvent> take_event() {
    return std::exchange(event_, std::nullopt);
  }

 private:
  struct Seen {
    std::string host;
    std::chrono::milliseconds interval{0};
    bool healthy = false;
    std::optional<SteadyTime> failing_since;
    std::optional<SteadyTime> passed;  // last
  };

  void suspect(SteadyTime now);
  bool reference_passed_since(SteadyTime time) const;
  void end(const std::string& reason);

  const BlindProberSettings settings_;
  std::map<std::string, Seen> checks_;
  std::optional<SteadyTime> since_;
  std::optional<model::BlindProberEvent> event_;
};

}  // namespace signpost::health
