// Failover arithmetic: what `signpost explain`, `signpost plan` and their warnings say of it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/change.h"
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

// Of all types that the names have, longest first; at most a thousand.
std::vector<FailoverTime> failover_times(const policy::Side& side,
                                         const std::vector<dns::Name>& names);

// Owners whose records the batch puts, each once; at most a thousand.
std::vector<dns::Name> owners_put(const model::ChangeBatch& batch);

// With a warning where clients keep an answer for longer than the failure takes to be noticed.
void to_proto(const FailoverTime& time, v1::FailoverTime& out);

// Adds them, and their warnings, to a response that has fields for both.
template <typename Response>
void add_failover_times(const std::vector<FailoverTime>& times, Response& out) {
  for (const FailoverTime& time : times) {
    auto& line = *out.add_failover_times();
    to_proto(time, line);
    if (!line.warning().empty()) out.add_warnings(line.warning());
  }
}

}  // namespace signpost::control
