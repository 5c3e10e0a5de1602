// How external alias targets are resolved.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "upstream/server.h"

namespace signpost::upstream {

struct Options {
  std::vector<Server> servers;               // in the order in which they are asked
  std::chrono::milliseconds timeout{2'000};  // for one reply of one server
  unsigned attempts = 2;                     // rounds over all servers before backing off
  // Bounds of the TTL that refreshing goes by; clients get the TTL as it was received.
  std::chrono::milliseconds ttl_min{5'000};
  std::chrono::milliseconds ttl_max{3'600'000};
  // The pause after a failure, which doubles with each one more.
  std::chrono::milliseconds backoff_min{1'000};
  std::chrono::milliseconds backoff_max{60'000};
  // Of the jitter of refreshes alone, so that it can be repeated; nothing: from the kernel, as what
  // protects queries always is.
  std::optional<std::uint64_t> seed;
};

}  // namespace signpost::upstream
