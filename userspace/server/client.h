// Who asks, and by which way.
#pragma once

#include <chrono>

#include "server/slot_source.h"

namespace signpost::server {

enum class Transport { kUdp, kTcp, kTls };

struct Client {
  Transport transport = Transport::kUdp;
  ClientAddress address{};
  std::chrono::milliseconds idle_timeout{};  // of a connection
  // Over TLS: whether zones may be transferred so (RFC 9103 sections 7.1 and 7.2).
  bool may_transfer_over_tls = false;
};

}  // namespace signpost::server
