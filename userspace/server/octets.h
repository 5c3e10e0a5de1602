// Big-endian integers in message octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace signpost::server {

using Octets = std::span<const std::uint8_t>;

// Requires two octets at `at`.
inline std::uint16_t load16(Octets octets, std::size_t at) {
  return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

// Requires four octets at `at`.
inline std::uint32_t load32(Octets octets, std::size_t at) {
  return std::uint32_t{load16(octets, at)} << 16 | load16(octets, at + 2);
}

inline Octets as_octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(Octets octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

}  // namespace signpost::server
