#include "daemon/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/status.h"

namespace signpost::daemon {
namespace {

// Maps, sockets, the store, event loops and threads: some 70 on two cores with two addresses; each
// further address takes two a thread, and three with TLS.
constexpr std::size_t kOwn = 128;
constexpr std::size_t kLeast = 2 * kOwn;

}  // namespace

absl::StatusOr<std::size_t> raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return failed_precondition("asking how many files may be open: ", std::strerror(errno));
  if (limit.rlim_max < kLeast) {
    return failed_precondition("only ", limit.rlim_max, " files may be open, and signpostd needs ",
                               kLeast, "; raise LimitNOFILE= of its unit, or ulimit -n");
  }
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    return failed_precondition("raising how many files may be open: ", std::strerror(errno));
  return limit.rlim_max;
}

std::size_t tcp_connections_within(std::size_t descriptors, std::size_t wanted, bool with_tls) {
  return std::min(wanted, (descriptors - kOwn) / (with_tls ? 4 : 2));
}

}  // namespace signpost::daemon
