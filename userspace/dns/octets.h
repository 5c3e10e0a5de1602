// Big-endian integers (RFC 1035 section 2.3.2) in octets that a std::string holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signpost::dns {

// The lowest `octets` octets of `value`.
inline void append_uint(std::string& out, std::uint64_t value, unsigned octets) {
  while (octets-- > 0) out += static_cast<char>(value >> (8 * octets));
}
inline void append_u16(std::string& out, std::size_t value) { append_uint(out, value, 2); }
inline void append_u32(std::string& out, std::size_t value) { append_uint(out, value, 4); }

// The integer of `octets` octets at `at`, which must be there.
inline std::uint64_t load_uint(std::string_view from, std::size_t at, unsigned octets) {
  std::uint64_t value = 0;
  for (const char octet : from.substr(at, octets))
    value = value << 8 | static_cast<unsigned char>(octet);
  return value;
}
inline std::uint16_t load_u16(std::string_view from, std::size_t at) {
  return static_cast<std::uint16_t>(load_uint(from, at, 2));
}

inline void store_u16(std::string& out, std::size_t at, std::size_t value) {
  out[at] = static_cast<char>(value >> 8);
  out[at + 1] = static_cast<char>(value);
}

}  // namespace signpost::dns
