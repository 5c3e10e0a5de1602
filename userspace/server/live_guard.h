// The cookies and limits (bpf/abi.h, struct guard) that the slow path goes by.
#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <utility>

#include "bpf/abi.h"

namespace signpost::server {

using GuardPtr = std::shared_ptr<const guard>;

// Written by the daemon, read by any thread.
class LiveGuard {
 public:
  void store(GuardPtr next) { guard_.store(std::move(next), std::memory_order_release); }
  // Never null: without limits and cookies until the first.
  GuardPtr load() const { return guard_.load(std::memory_order_acquire); }

 private:
  std::atomic<GuardPtr> guard_{std::make_shared<const guard>()};
};

// Nanoseconds of the clock that does not jump, the one that guard::clock_offset begins at.
inline std::uint64_t guard_clock() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// Seconds of Unix time.
inline std::uint64_t unix_clock() { return static_cast<std::uint64_t>(std::time(nullptr)); }

}  // namespace signpost::server
