#include "health/schedule.h"

#include <algorithm>

namespace signpost::health {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kFirstSlotWithin = std::chrono::seconds(1);
constexpr nanoseconds kShortestInterval = std::chrono::milliseconds(1);
constexpr nanoseconds kLateAfter = std::chrono::seconds(2);
constexpr nanoseconds kPromptWithin = std::chrono::milliseconds(50);

// The finaliser of SplitMix64.
std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

// FNV-1a, mixed: neighbouring ids ("web-1", "web-2") must land far apart.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char octet : text) hash = (hash ^ static_cast<unsigned char>(octet)) * 0x100000001b3;
  return mixed(hash);
}

nanoseconds place_in(nanoseconds period, std::uint64_t hash) {
  return nanoseconds(
      static_cast<nanoseconds::rep>(hash % static_cast<std::uint64_t>(period.count())));
}

// The first instant after `time` on the grid of `period` and `phase`.
SteadyTime first_after(SteadyTime time, nanoseconds period, nanoseconds phase) {
  const nanoseconds since_phase = nanoseconds(time.time_since_epoch()) - phase;
  nanoseconds into = since_phase % period;
  if (into < nanoseconds::zero()) into += period;
  return time + (period - into);
}

}  // namespace

nanoseconds phase_of(std::string_view check_id, nanoseconds period) {
  return place_in(period, hash_of(check_id));
}

// Checks that are late together have neighbouring phases, so putting them off goes by another hash.
Schedule::Schedule(std::string_view check_id, nanoseconds interval, SteadyTime now)
    : interval_(std::max(interval, kShortestInterval)),
      phase_(phase_of(check_id, interval_)),
      put_off_by_(place_in(interval_ / 2, mixed(hash_of(check_id)))) {
  const nanoseconds period = std::min(interval_, kFirstSlotWithin);
  due_ = first_after(now, period, phase_of(check_id, period));
}

Schedule::Slot Schedule::take(SteadyTime now) {
  const nanoseconds lateness = now - due_;
  Slot slot;
  slot.late = lateness > std::min(interval_, kLateAfter);
  if (!slot.late && lateness > kPromptWithin && !put_off_) {
    put_off_ = true;
    due_ = now + put_off_by_;
    return slot;
  }
  put_off_ = false;
  slot.probe = !slot.late;
  const SteadyTime next = first_after(std::max(now, due_ + interval_ / 4), interval_, phase_);
  const auto intervals = std::max<nanoseconds::rep>((next - due_) / interval_, 1);
  slot.skipped = static_cast<std::uint64_t>(intervals - (slot.probe ? 1 : 0));
  due_ = next;
  return slot;
}

}  // namespace signpost::health
