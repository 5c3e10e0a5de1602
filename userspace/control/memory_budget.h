// Whether there is memory for a change, before it is made: a process that the kernel ends for want
// of memory serves nobody.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "base/memory_room.h"

namespace signpost::control {

// For one stream of messages, in the order in which they come, and then for the change that they
// ask for. Every status is RESOURCE_EXHAUSTED with one sentence where too little would be left for
// serving; changes of some hundred record sets are always let through.
class MemoryBudget {
 public:
  // `room`: what memory there is when the stream begins.
  explicit MemoryBudget(std::uint64_t room = memory_room());

  // A message with so many record sets is to be kept.
  absl::Status take_message(std::size_t octets, std::size_t record_sets);

  // So many record sets are to be changed.
  absl::Status take_change(std::size_t record_sets);

 private:
  absl::Status take(std::uint64_t octets);

  std::uint64_t room_;
  std::uint64_t needed_ = 0;
};

}  // namespace signpost::control
