// The address of a resolver.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace signpost::upstream {

struct Server {
  std::string address;  // IPv4 or IPv6, canonical
  std::uint16_t port = 53;
  friend bool operator==(const Server&, const Server&) = default;
};

// From ADDRESS, ADDRESS:PORT or, for IPv6 with a port, [ADDRESS]:PORT. INVALID_ARGUMENT otherwise;
// a host name is refused: it would have to be resolved first.
absl::StatusOr<Server> parse_server(std::string_view text);

// "192.0.2.53:53" or "[2001:db8::53]:53".
std::string to_text(const Server& server);

}  // namespace signpost::upstream
