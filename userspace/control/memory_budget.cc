#include "control/memory_budget.h"

#include <algorithm>

#include "base/status.h"

namespace signpost::control {
namespace {

// By what memory grows at most while 100,000 record sets of one address are sent, and then changed
// (tests/netns/exhaustion_test.py), and a message's octets twice for longer records.
constexpr std::uint64_t kOctetsOfRecordSet = 640;
constexpr std::uint64_t kOctetsOfChange = 1536;
constexpr std::uint64_t kOctetsOfOctet = 2;
// For queries, probes and the next small change.
constexpr std::uint64_t kReserve = 32u << 20;
constexpr std::uint64_t kAlwaysLetThrough = 1u << 20;

std::uint64_t mebibytes(std::uint64_t octets) { return octets >> 20; }

}  // namespace

MemoryBudget::MemoryBudget(std::uint64_t room) : room_(room - std::min(room, kReserve)) {}

absl::Status MemoryBudget::take_message(std::size_t octets, std::size_t record_sets) {
  return take(kOctetsOfOctet * octets + kOctetsOfRecordSet * record_sets);
}

absl::Status MemoryBudget::take_change(std::size_t record_sets) {
  return take(kOctetsOfChange * record_sets);
}

absl::Status MemoryBudget::take(std::uint64_t octets) {
  needed_ += octets;
  if (needed_ <= std::max(room_, kAlwaysLetThrough)) return absl::OkStatus();
  return resource_exhausted("the change takes ", mebibytes(needed_),
                            " MiB of memory or more, and signpostd has ", mebibytes(room_),
                            " MiB for it; raise MemoryMax= of its unit, or give the host more");
}

}  // namespace signpost::control
