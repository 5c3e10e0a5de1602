// What runs now, for everybody who only reads.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "control/delta.h"
#include "model/answer_table.h"
#include "model/config.h"
#include "model/observations.h"

namespace signpost::control {

// One consistent view of what runs. Immutable.
struct Running {
  model::Config config;
  model::Observations seen;
  model::AnswerTablePtr table;
  model::PersistentMap<dns::Name, std::uint64_t> record_sets;  // by zone apex
  std::uint64_t record_sets_total = 0;
  model::ZoneId last_zone_id = 0;
  std::chrono::system_clock::time_point activated;
  std::string last_publish_error;  // empty if the last publishing did not fail
};
using RunningPtr = std::shared_ptr<const Running>;

// Sets the counts of record sets from the configuration.
void count_record_sets(Running& running);

// Brings them up to date after a change.
void count_record_sets(const Deltas& deltas, Running& running);

}  // namespace signpost::control
