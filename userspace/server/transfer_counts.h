// Transfers of zones that have ended, by what they came to.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace signpost::server {

enum class TransferKind { kWhole, kIncremental, kUpToDate, kRefused, kBroken };

// By TransferKind: the label of metrics.
inline constexpr std::array<std::string_view, 5> kTransferKindLabels = {
    "whole", "incremental", "up_to_date", "refused", "broken"};
using TransferCounts = std::array<std::uint64_t, kTransferKindLabels.size()>;

}  // namespace signpost::server
