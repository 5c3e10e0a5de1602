// A change that is made in steps: TTLs are lowered before it, and restored after it.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "control/delta.h"
#include "dns/name.h"
#include "model/config.h"
#include "signpost/v1/schedule.pb.h"

namespace signpost::control {

// One ordinary change, with what it has to begin with.
struct ScheduledStep {
  Deltas deltas;
  std::map<dns::Name, model::ZoneManager> managers;  // of the zones that it touches, by apex
};

struct Schedule {
  v1::Schedule shown;
  std::vector<ScheduledStep> steps;  // those of `shown`; none once it has ended

  bool is_under_way() const {
    return shown.state() == v1::Schedule::WAITING || shown.state() == v1::Schedule::CANCELLING;
  }

  // How many steps are made; the index of the next one.
  std::size_t steps_made() const {
    std::size_t made = 0;
    while (made < steps.size() && shown.steps(static_cast<int>(made)).has_done()) ++made;
    return made;
  }
};

}  // namespace signpost::control
