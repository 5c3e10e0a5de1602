// Octets written in hexadecimal, base 32 or base 64.
#include <array>

#include "absl/strings/escaping.h"
#include "dns/fields.h"

namespace signpost::dns {
namespace {

using MaybeProblem = std::optional<Problem>;
using MaybeSize = std::optional<std::size_t>;

constexpr std::string_view kBase32Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";  // RFC 4648 s. 7
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<unsigned> hex_value(char digit) {
  if (is_digit(digit)) return static_cast<unsigned>(digit - '0');
  const char lower = to_lower(digit);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
  return std::nullopt;
}

// The rest of the tokens, which may be split anywhere by white space.
std::string take_rest(TokenReader& tokens) {
  std::string text;
  while (!tokens.at_end()) text += tokens.take().text;
  return text;
}

MaybeSize measure_some(std::string_view rest) {
  return rest.empty() ? std::nullopt : MaybeSize(rest.size());
}

MaybeProblem parse_hex(TokenReader& tokens, std::string& wire) {
  if (append_hex(take_rest(tokens), wire)) return std::nullopt;
  return Problem{{}, {}, "write an even number of hexadecimal digits"};
}

MaybeProblem parse_base64(TokenReader& tokens, std::string& wire) {
  if (append_base64(take_rest(tokens), wire)) return std::nullopt;
  return Problem{{}, {}, "write base 64 with its padding (RFC 4648 section 4)"};
}

MaybeSize measure_counted(std::string_view rest) {
  if (rest.empty()) return std::nullopt;
  const std::size_t size = 1 + static_cast<unsigned char>(rest[0]);
  return size > rest.size() ? std::nullopt : MaybeSize(size);
}

MaybeProblem parse_salt(TokenReader& tokens, std::string& wire) {
  const std::string_view text = tokens.take().text;
  std::string salt;
  if (text != "-" && (!append_hex(text, salt) || salt.empty() || salt.size() > 255))
    return Problem{{}, {}, "write up to 510 hexadecimal digits, or - for none"};
  append_integer(salt.size(), 1, wire);
  wire += salt;
  return std::nullopt;
}

void format_salt(std::string_view field, std::string& text) {
  if (field.size() == 1) {
    text += '-';
  } else {
    format_hex(field.substr(1), text);
  }
}

bool append_base32(std::string_view digits, std::string& wire) {
  std::uint64_t bits = 0;
  unsigned count = 0;
  for (const char c : digits) {
    const char upper = is_letter(c) ? static_cast<char>(to_lower(c) - 32) : c;
    const std::size_t value = kBase32Digits.find(upper);
    if (value == std::string_view::npos) return false;
    bits = bits << 5 | value;
    count += 5;
    if (count >= 8) wire += static_cast<char>(bits >> (count -= 8));
  }
  return count < 5 && (bits & ((1U << count) - 1)) == 0;
}

MaybeProblem parse_base32(TokenReader& tokens, std::string& wire) {
  std::string hash;
  const std::string_view text = tokens.take().text;
  if (!append_base32(text, hash) || hash.empty() || hash.size() > 255)
    return Problem{{}, {}, "write base 32 with the extended hex alphabet, unpadded"};
  append_integer(hash.size(), 1, wire);
  wire += hash;
  return std::nullopt;
}

MaybeSize measure_base32(std::string_view rest) {
  const auto size = measure_counted(rest);
  return size && *size > 1 ? size : std::nullopt;
}

void format_base32(std::string_view field, std::string& text) {
  std::uint64_t bits = 0;
  unsigned count = 0;
  for (const char octet : field.substr(1)) {
    bits = bits << 8 | static_cast<unsigned char>(octet);
    for (count += 8; count >= 5;) text += kBase32Digits[bits >> (count -= 5) & 31];
  }
  if (count > 0) text += kBase32Digits[bits << (5 - count) & 31];
}

// `groups` of `digits_each` hexadecimal digits with `separator` between them.
bool append_grouped_hex(std::string_view text, std::size_t groups, std::size_t digits_each,
                        char separator, std::string& wire) {
  if (text.size() != groups * (digits_each + 1) - 1) return false;
  for (std::size_t at = 0; at < text.size(); at += digits_each + 1) {
    if (at > 0 && text[at - 1] != separator) return false;
    if (!append_hex(text.substr(at, digits_each), wire)) return false;
  }
  return true;
}

void format_grouped_hex(std::string_view field, std::size_t octets_each, char separator,
                        std::string& text) {
  for (std::size_t at = 0; at < field.size(); at += octets_each) {
    if (at > 0) text += separator;
    format_hex(field.substr(at, octets_each), text);
  }
}

template <std::size_t kOctets>
MaybeProblem parse_eui(TokenReader& tokens, std::string& wire) {
  constexpr std::string_view kRemedy =
      kOctets == 6 ? "write it as in 00-00-5e-00-53-2a" : "write it as in 00-00-5e-ef-10-00-00-2a";
  if (append_grouped_hex(tokens.take().text, kOctets, 2, '-', wire)) return std::nullopt;
  return Problem{{}, {}, kRemedy};
}

void format_eui(std::string_view field, std::string& text) {
  format_grouped_hex(field, 1, '-', text);
}

MaybeProblem parse_node_id(TokenReader& tokens, std::string& wire) {
  if (append_grouped_hex(tokens.take().text, 4, 4, ':', wire)) return std::nullopt;
  return Problem{{}, {}, "write four groups of four digits, as in 0014:4fff:ff20:ee64"};
}

void format_node_id(std::string_view field, std::string& text) {
  format_grouped_hex(field, 2, ':', text);
}

template <std::size_t kOctets>
MaybeSize measure_fixed(std::string_view rest) {
  return rest.size() < kOctets ? std::nullopt : MaybeSize(kOctets);
}

}  // namespace

bool append_hex(std::string_view digits, std::string& wire) {
  if (digits.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto high = hex_value(digits[i]);
    const auto low = hex_value(digits[i + 1]);
    if (!high || !low) return false;
    wire += static_cast<char>(*high << 4 | *low);
  }
  return true;
}

void format_hex(std::string_view octets, std::string& text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char octet : octets) {
    const auto value = static_cast<unsigned char>(octet);
    text += kDigits[value >> 4];
    text += kDigits[value & 15];
  }
}

bool append_base64(std::string_view digits, std::string& wire) {
  if (digits.size() % 4 != 0) return false;
  std::size_t padding = 0;
  while (padding < 2 && digits.size() > padding && digits[digits.size() - 1 - padding] == '=')
    ++padding;
  std::uint64_t bits = 0;
  unsigned count = 0;
  for (const char c : digits.substr(0, digits.size() - padding)) {
    const std::size_t value = kBase64Digits.find(c);
    if (value == std::string_view::npos) return false;
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) wire += static_cast<char>(bits >> (count -= 8));
  }
  return (bits & ((1U << count) - 1)) == 0;
}

void format_base64(std::string_view octets, std::string& text) {
  text += absl::Base64Escape(std::string(octets));
}

const FieldKind kHexField{parse_hex, measure_some, format_hex};
const FieldKind kBase64Field{parse_base64, measure_some, format_base64};
const FieldKind kSaltField{parse_salt, measure_counted, format_salt};
const FieldKind kBase32Field{parse_base32, measure_base32, format_base32};
const FieldKind kEui48Field{parse_eui<6>, measure_fixed<6>, format_eui};
const FieldKind kEui64Field{parse_eui<8>, measure_fixed<8>, format_eui};
const FieldKind kNodeIdField{parse_node_id, measure_fixed<8>, format_node_id};

}  // namespace signpost::dns
