#include "datapath/heartbeat.h"

#include <time.h>

#include <atomic>

namespace signpost::datapath {
namespace {

// The program reads the same clock (bpf/platform.h, clock_now()).
std::uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

// In this order: a packet between the two goes by the old limit and the new sign of life.
void beat(TableMaps& maps, std::chrono::nanoseconds pass_after) {
  struct control& control = maps.control();
  std::atomic_ref(control.heartbeat).store(now(), std::memory_order_release);
  std::atomic_ref(control.pass_after)
      .store(static_cast<__u64>(pass_after.count()), std::memory_order_release);
}

std::chrono::nanoseconds silence(const struct control& control) {
  if (control.heartbeat == 0) return {};
  return std::chrono::nanoseconds(now() - control.heartbeat);
}

}  // namespace signpost::datapath
