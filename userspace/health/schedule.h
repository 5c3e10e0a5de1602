// When a check is probed. Pure: time comes in as an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace signpost::health {

using SteadyTime = std::chrono::steady_clock::time_point;

// The place of a check inside a period, 0 <= phase < period, the same in every process: spreads
// many checks evenly.
std::chrono::nanoseconds phase_of(std::string_view check_id, std::chrono::nanoseconds period);

// The slots of one check lie `interval` apart on a grid fixed to the monotonic clock, so a delay is
// never carried on. A new check has one slot more, within min(interval, 1 s), so that its first
// verdict does not take a whole interval; the slot that follows that one is at least a quarter
// of an interval away.
class Schedule {
 public:
  // An interval below 1 ms counts as 1 ms.
  Schedule(std::string_view check_id, std::chrono::nanoseconds interval, SteadyTime now);

  // The next slot.
  SteadyTime due() const { return due_; }

  struct Slot {
    bool probe = false;  // whether to probe in it
    bool late = false;   // by more than min(interval, 2 s): we slept, nothing running can be judged
    std::uint64_t skipped = 0;  // slots up to the next that go by unused, a late one included
  };
  // Takes the slot at due(), which came up at `now`, and moves due() past `now`. Missed slots are
  // never made up: all checks doing so together would be the herd that phases are there to prevent.
  // For the same reason a slot that comes up more than 50 ms late is put off once, to somewhere
  // within half an interval.
  Slot take(SteadyTime now);

 private:
  std::chrono::nanoseconds interval_;
  std::chrono::nanoseconds phase_;
  std::chrono::nanoseconds put_off_by_;
  bool put_off_ = false;
  SteadyTime due_;
};

}  // namespace signpost::health
