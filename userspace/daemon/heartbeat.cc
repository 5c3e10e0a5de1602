#include "daemon/heartbeat.h"

namespace signpost::daemon {
namespace {

// --pass-after is five times as long at least.
constexpr std::chrono::seconds kInterval{1};

}  // namespace

Heartbeat::Heartbeat(KernelFastPath& fast_path, std::chrono::nanoseconds pass_after)
    : fast_path_(fast_path),
      pass_after_(pass_after),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void Heartbeat::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    fast_path_.beat(pass_after_);
    stopped_.wait_for(lock, stop, kInterval, [] { return false; });
  }
}

}  // namespace signpost::daemon
