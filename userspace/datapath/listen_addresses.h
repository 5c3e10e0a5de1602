// Listen addresses as the fast path compares them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bpf/abi.h"

namespace signpost::datapath {

struct ListenAddress {
  std::string text;
  listen_address mapped{};
};

// INVALID_ARGUMENT if one is no IP address. "0.0.0.0" and "::" become the addresses that the
// interfaces have now.
absl::StatusOr<std::vector<ListenAddress>> resolve_listen_addresses(
    const std::vector<std::string>& texts, const std::vector<std::string>& interfaces);

}  // namespace signpost::datapath
