// The buckets and counts of bpf/guard.h in plain memory.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bpf/abi.h"
#include "bpf/guard_events.h"

namespace signpost::testing {

class GuardCells {
 public:
  static constexpr std::uint32_t kLines = 1024;

  bucket_line* find_bucket_line(std::uint32_t line) {
    return line < lines_.size() ? &lines_[line] : nullptr;
  }
  std::uint64_t* find_guard_count(std::uint32_t event) {
    return event < counts_.size() ? &counts_[event] : nullptr;
  }
  std::vector<std::uint64_t> counts() const { return {counts_.begin(), counts_.end()}; }

 private:
  std::vector<bucket_line> lines_ = std::vector<bucket_line>(kLines);
  std::array<std::uint64_t, GUARD_EVENT_COUNT> counts_{};
};

}  // namespace signpost::testing
