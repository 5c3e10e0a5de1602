// How many file descriptors the daemon may have, and how many of them DNS over TCP gets.
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"

namespace signpost::daemon {

// Raises the soft limit (setrlimit(2), RLIMIT_NOFILE) to the hard one and returns it.
// FAILED_PRECONDITION with one sentence if that is too little to run with.
absl::StatusOr<std::size_t> raise_descriptor_limit();

// The connections of DNS over TCP, and as many again over TLS if that is served, that leave
// descriptors for the daemon's own files, control connections and probes: at most `wanted` each, of
// a limit that raise_descriptor_limit() returned.
std::size_t tcp_connections_within(std::size_t descriptors, std::size_t wanted, bool with_tls);

}  // namespace signpost::daemon
