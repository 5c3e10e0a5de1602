#include "datapath/guard_switch.h"

#include <atomic>

namespace signpost::datapath {

absl::Status switch_guard(TableMaps& maps, const guard& next) {
  struct control& control = maps.control();
  const std::uint32_t idle = (control.guard & 1) ^ 1;
  const std::uint32_t mask = control.guards[idle].bucket_mask;
  control.guards[idle] = next;
  control.guards[idle].bucket_mask = mask;
  std::atomic_ref(control.guard).store(idle, std::memory_order_release);
  return maps.wait_for_readers();
}

}  // namespace signpost::datapath
