#include "geo/utf8.h"

#include <cstddef>
#include <cstdint>

namespace signpost::geo {
namespace {

// How many octets the character that begins with `first` has; 0 if none does.
unsigned length_of(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

// Whether an octet may come second after `first` (RFC 3629 section 4).
bool follows(std::uint8_t first, std::uint8_t second) {
  if (first == 0xe0) return second >= 0xa0 && second < 0xc0;
  if (first == 0xed) return second >= 0x80 && second < 0xa0;
  if (first == 0xf0) return second >= 0x90 && second < 0xc0;
  if (first == 0xf4) return second >= 0x80 && second < 0x90;
  return second >= 0x80 && second < 0xc0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<std::uint8_t>(text[at]);
    const unsigned length = length_of(first);
    if (length == 0 || length > text.size() - at) return false;
    if (length > 1 && !follows(first, static_cast<std::uint8_t>(text[at + 1]))) return false;
    for (unsigned i = 2; i < length; ++i)
      if ((static_cast<std::uint8_t>(text[at + i]) & 0xc0) != 0x80) return false;
    at += length;
  }
  return true;
}

}  // namespace signpost::geo
