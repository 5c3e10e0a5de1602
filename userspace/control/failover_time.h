// Failover arithmetic: what `signpost explain`, `signpost plan` and their warnings say of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "policy/what_if.h"

namespace signpost::v1 {
class FailoverTime;
}

namespace signpost::control {

struct FailoverTime {
  dns::Name name;
  dns::RRType type{};
  std::string check;                        // that notices last
  std::chrono::milliseconds detection{0};   // health::detection_time()
  std::chrono::milliseconds publishing{0};  // until the verdict is on the wire
  std::chrono::seconds ttl{0};              // the longest of the records that are answered

  std::chrono::milliseconds total() const { return detection + publishing + ttl; }
};

// From the failure of an endpoint until the last client has left it, at worst, with the daemon's
// usual limits of probes. Nothing where no probed check decides the answer. `name` is folded.
std::optional<FailoverTime> failover_time(policy::WhatIf& side, const dns::Name& name,
                                          dns::RRType type);

// With a warning where clients keep an answer for longer than the failure takes to be noticed.
void to_proto(const FailoverTime& time, v1::FailoverTime& out);

}  // namespace signpost::control
