// Taking the fast path off interfaces; works without a daemon.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signpost::datapath {

inline constexpr char kPinRoot[] = "/sys/fs/bpf/signpost";

// Detaches our program from the interface, which may be gone, and removes our pins there. The
// tables go with the last interface. Programs of others stay. NOT_FOUND if ours is not there.
absl::Status detach(const std::string& pin_root, const std::string& interface);

// The same for every interface that has our program; returns their names.
absl::StatusOr<std::vector<std::string>> detach_all(const std::string& pin_root);

}  // namespace signpost::datapath
