#include "datapath/unattended.h"

#include "base/status.h"
#include "datapath/heartbeat.h"
#include "datapath/kernel_maps.h"
#include "datapath/pins.h"

namespace signpost::datapath {

absl::StatusOr<Unattended> look_unattended(const std::string& pin_root) {
  const Pins pins(pin_root);
  Unattended found;
  found.interfaces = pins.linked_interfaces();
  if (found.interfaces.empty()) return not_found("no interface has the fast path");
  for (const std::string& path : pins.control_maps()) {
    const absl::StatusOr<struct control> control = read_pinned_control(path);
    if (!control.ok()) continue;
    found.table_generation = control->table_generation[control->active & 1];
    found.silence = silence(*control);
    found.pass_after = std::chrono::nanoseconds(control->pass_after);
    return found;
  }
  return not_found("no tables of layout version ", SIGNPOST_LAYOUT_VERSION, " are pinned below ",
                   pin_root);
}

}  // namespace signpost::datapath
