// An address prefix, of a client or of a rule.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace signpost::model {

// Bits behind the prefix are 0. IPv4 and IPv6 prefixes are different things: ::ffff:0:0/96 is IPv6.
struct Prefix {
  bool is_ipv6 = false;
  std::uint8_t length = 0;                // in bits, at most 32 or 128
  std::array<std::uint8_t, 16> octets{};  // network order; IPv4 in the first four

  // "203.0.113.0/24", "2001:db8::/32", or an address, which is a prefix of full length.
  // INVALID_ARGUMENT says what is wrong, also if a bit behind the prefix is set.
  static absl::StatusOr<Prefix> parse(std::string_view text);

  // The first `bits` of it; all of it if it has no more.
  Prefix truncated(std::uint8_t bits) const;
  bool contains(const Prefix& other) const;
  bool bit(unsigned index) const { return (octets[index / 8] >> (7 - index % 8) & 1) != 0; }
  std::string text() const;

  // By family, octets, length: a prefix comes before those that it contains.
  friend auto operator<=>(const Prefix& a, const Prefix& b) {
    if (a.is_ipv6 != b.is_ipv6) return a.is_ipv6 <=> b.is_ipv6;
    if (a.octets != b.octets) return a.octets <=> b.octets;
    return a.length <=> b.length;
  }
  friend bool operator==(const Prefix&, const Prefix&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const Prefix& prefix) {
    return H::combine(std::move(state), prefix.is_ipv6, prefix.length, prefix.octets);
  }
};

}  // namespace signpost::model
