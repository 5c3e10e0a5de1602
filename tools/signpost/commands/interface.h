// Commands about a network interface; they work without a daemon.
#pragma once

#include <cstdint>
#include <string>

#include "signpost/session.h"

namespace signpost::cli {

// Takes the fast path off an interface, or off all that have it if `interface` is empty. Nothing
// else is changed: a daemon that runs answers by its slow path.
absl::StatusOr<int> detach(Session& session, const std::string& interface);

struct CaptureArguments {
  std::string interface;    // empty: the daemon's
  std::uint64_t count = 0;  // packets to show; 0: until interrupted
  std::string write_to;     // a file for Wireshark and tcpdump; empty: shown as text
};

// Shows the packets that the XDP program sees and sends, by xdpdump of xdp-tools; tcpdump sees
// neither.
absl::StatusOr<int> capture(Session& session, const CaptureArguments& arguments);

}  // namespace signpost::cli
