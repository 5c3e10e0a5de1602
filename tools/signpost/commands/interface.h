// Commands about a network interface; they work without a daemon.
#pragma once

#include <cstdint>
#include <string>

#include "signpost/session.h"

namespace signpost::cli {

struct CaptureArguments {
  std::string interface;    // empty: the daemon's
  std::uint64_t count = 0;  // packets to show; 0: until interrupted
  std::string write_to;     // a file for Wireshark and tcpdump; empty: shown as text
};

// Shows the packets that the XDP program sees and sends, by xdpdump of xdp-tools; tcpdump sees
// neither.
absl::StatusOr<int> capture(Session& session, const CaptureArguments& arguments);

}  // namespace signpost::cli
