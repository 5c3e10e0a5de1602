#include "datapath/guard_switch.h"

#include <atomic>

namespace signpost::datapath {

absl::Status switch_guards(TableMaps& maps, std::span<const guard> next) {
  struct control& control = maps.control();
  const std::uint32_t idle = (control.guard_set & 1) ^ 1;
  for (std::size_t slot = 0; slot < next.size(); ++slot) {
    guard& place = control.guards[idle * INTERFACES_MAX + slot];
    const std::uint32_t mask = place.bucket_mask;
    place = next[slot];
    place.bucket_mask = mask;
  }
  std::atomic_ref(control.guard_set).store(idle, std::memory_order_release);
  return maps.wait_for_readers();
}

}  // namespace signpost::datapath
