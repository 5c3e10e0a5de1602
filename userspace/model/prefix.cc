#include "model/prefix.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "base/status.h"
#include "dns/text.h"

namespace signpost::model {
namespace {

constexpr unsigned full_length(bool is_ipv6) { return is_ipv6 ? 128 : 32; }

// Of the octet that holds bit `length`, the bits before it.
constexpr std::uint8_t octet_mask(unsigned length) {
  return static_cast<std::uint8_t>(0xff00 >> length % 8);
}

}  // namespace

absl::StatusOr<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Prefix prefix;
  prefix.is_ipv6 = address.find(':') != std::string::npos;
  const bool has_nul = address.find('\0') != std::string::npos;  // where inet_pton() would stop
  if (has_nul ||
      inet_pton(prefix.is_ipv6 ? AF_INET6 : AF_INET, address.c_str(), prefix.octets.data()) != 1) {
    return invalid_argument(dns::quoted_excerpt(text),
                            " is no IPv4 or IPv6 prefix; write one as 203.0.113.0/24 or "
                            "2001:db8::/32");
  }
  const unsigned full = full_length(prefix.is_ipv6);
  prefix.length = static_cast<std::uint8_t>(full);
  if (slash == std::string_view::npos) return prefix;
  const std::optional<std::uint64_t> length = dns::parse_decimal(text.substr(slash + 1), full);
  if (!length) {
    return invalid_argument("the prefix length of ", dns::quoted_excerpt(text),
                            " is no number from 0 to ", full);
  }
  const Prefix cut = prefix.truncated(static_cast<std::uint8_t>(*length));
  if (cut.octets != prefix.octets) {
    return invalid_argument(dns::quoted_excerpt(text), " has bits set behind its prefix length; ",
                            "write ", cut.text());
  }
  return cut;
}

Prefix Prefix::truncated(std::uint8_t bits) const {
  if (bits >= length) return *this;
  Prefix cut = *this;
  cut.length = bits;
  cut.octets[bits / 8] &= octet_mask(bits);
  std::fill(cut.octets.begin() + bits / 8 + 1, cut.octets.end(), 0);
  return cut;
}

bool Prefix::contains(const Prefix& other) const {
  if (is_ipv6 != other.is_ipv6 || length > other.length) return false;
  const unsigned whole = length / 8;
  if (!std::equal(octets.begin(), octets.begin() + whole, other.octets.begin())) return false;
  return length % 8 == 0 || ((octets[whole] ^ other.octets[whole]) & octet_mask(length)) == 0;
}

std::string Prefix::text() const {
  std::array<char, INET6_ADDRSTRLEN> address{};
  inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, octets.data(), address.data(), address.size());
  return absl::StrCat(address.data(), "/", static_cast<unsigned>(length));
}

}  // namespace signpost::model
