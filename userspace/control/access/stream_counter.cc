#include "control/access/stream_counter.h"

#include <algorithm>

namespace signpost::control {
namespace {

constexpr unsigned char kHeaders = 1;  // RFC 9113 section 6.2
constexpr std::size_t kTypeAt = 3;

}  // namespace

std::size_t StreamCounter::count(std::string_view octets) {
  std::size_t streams = 0;
  while (!octets.empty()) {
    if (skipped_ > 0) {
      const std::size_t taken = std::min(skipped_, octets.size());
      skipped_ -= taken;
      octets.remove_prefix(taken);
      continue;
    }
    const std::size_t taken = std::min(kFrameHeaderOctets - held_, octets.size());
    std::copy_n(octets.begin(), taken, header_.begin() + static_cast<std::ptrdiff_t>(held_));
    held_ += taken;
    octets.remove_prefix(taken);
    if (held_ < kFrameHeaderOctets) break;
    if (opens_stream()) ++streams;
    skipped_ = payload();
    held_ = 0;
  }
  return streams;
}

bool StreamCounter::opens_stream() const { return header_[kTypeAt] == kHeaders; }

std::size_t StreamCounter::payload() const {
  return std::size_t{header_[0]} << 16 | std::size_t{header_[1]} << 8 | header_[2];
}

}  // namespace signpost::control
