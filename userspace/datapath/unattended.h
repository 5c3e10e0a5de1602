// What the fast path does while no daemon runs, by what is pinned.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace signpost::datapath {

struct Unattended {
  std::vector<std::string> interfaces;  // with a link of ours
  std::uint64_t table_generation = 0;
  std::chrono::nanoseconds silence{};     // since the daemon's last sign of life
  std::chrono::nanoseconds pass_after{};  // after which packets are passed; 0: never
};

// NOT_FOUND if nothing of this version's layout is pinned below `pin_root`.
absl::StatusOr<Unattended> look_unattended(const std::string& pin_root);

}  // namespace signpost::datapath
