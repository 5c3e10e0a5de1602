// Serial number arithmetic (RFC 1982) of SOA serials.
#pragma once

#include <cstdint>

namespace signpost::dns {

// Whether `a` is ahead of `b` (section 3.2).
constexpr bool serial_is_ahead(std::uint32_t a, std::uint32_t b) {
  return a != b && static_cast<std::uint32_t>(a - b) < 0x80000000u;
}

}  // namespace signpost::dns
