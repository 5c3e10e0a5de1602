// What is shown of zones that are copied from other servers.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dns/name.h"

namespace signpost::secondary {

// By the label of metrics.
enum class RefreshResult { kUpToDate, kIncremental, kWhole, kFailed };
inline constexpr std::array<std::string_view, 4> kRefreshResultLabels = {
    "up_to_date", "incremental", "whole", "failed"};

struct SecondaryCounts {
  std::array<std::uint64_t, kRefreshResultLabels.size()> refreshes{};
  std::uint64_t notifies = 0;
  std::uint64_t expiries = 0;
};

struct SecondaryState {
  using Time = std::chrono::system_clock::time_point;

  dns::Name apex;
  std::optional<std::uint32_t> serial{};  // nothing: it has no records, and answers SERVFAIL
  std::optional<Time> last_contact{};
  std::optional<Time> next_refresh{};  // nothing: it is under way
  std::optional<Time> expires{};
  std::string primary{};     // that was heard last
  std::string last_error{};  // of the last refresh; empty if it was good
};

}  // namespace signpost::secondary
