// Bounds the calls without an end: each takes one of the server's threads.
#pragma once

#include <atomic>

#include "absl/status/status.h"
#include "base/status.h"

namespace signpost::control {

// Thread safe.
class CallLimit {
 public:
  explicit CallLimit(int calls_max) : calls_max_(calls_max) {}

  // What `call` returns; RESOURCE_EXHAUSTED if as many are under way already.
  template <typename Call>
  absl::Status run(Call&& call) {
    const int before = calls_.fetch_add(1);
    absl::Status status =
        before < calls_max_
            ? call()
            : resource_exhausted("there are ", calls_max_, " watchers already; end one of them");
    calls_.fetch_sub(1);
    return status;
  }

 private:
  const int calls_max_;
  std::atomic<int> calls_{0};
};

}  // namespace signpost::control
