#include "datapath/detach.h"

#include <net/if.h>

#include <algorithm>
#include <filesystem>

#include "base/status.h"
#include "datapath/attachment.h"
#include "datapath/pins.h"
#include "datapath/sharing.h"

namespace signpost::datapath {
namespace {

absl::Status detach_one(const Pins& pins, const std::string& interface) {
  const std::vector<std::string> linked = pins.linked_interfaces();
  if (std::find(linked.begin(), linked.end(), interface) != linked.end())
    return detach_link(pins.link(interface));
  return detach_shared(interface, pins);
}

// The interfaces of this network namespace.
std::vector<std::string> all_interfaces() {
  std::vector<std::string> names;
  struct if_nameindex* list = if_nameindex();
  for (auto* at = list; at != nullptr && at->if_index != 0; ++at) names.emplace_back(at->if_name);
  if (list != nullptr) if_freenameindex(list);
  return names;
}

}  // namespace

absl::Status detach(const std::string& pin_root, const std::string& interface) {
  const Pins pins(pin_root);
  RETURN_IF_ERROR(detach_one(pins, interface));
  return pins.linked_interfaces().empty() ? pins.remove_tables() : absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> detach_all(const std::string& pin_root) {
  const Pins pins(pin_root);
  std::vector<std::string> detached;
  if (std::error_code error; !std::filesystem::exists(pin_root, error)) return detached;
  for (const std::string& interface : pins.linked_interfaces()) {
    RETURN_IF_ERROR(detach_link(pins.link(interface)));
    detached.push_back(interface);
  }
  for (const std::string& interface : all_interfaces()) {
    const absl::Status status = detach_shared(interface, pins);
    if (absl::IsNotFound(status)) continue;
    RETURN_IF_ERROR(status);
    detached.push_back(interface);
  }
  RETURN_IF_ERROR(pins.remove_tables());
  return detached;
}

}  // namespace signpost::datapath
