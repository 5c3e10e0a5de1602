// Numbers, addresses, names and strings.
#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "dns/fields.h"
#include "dns/name_text.h"

namespace signpost::dns {
namespace {

using MaybeProblem = std::optional<Problem>;
using MaybeSize = std::optional<std::size_t>;

constexpr std::size_t kMaxString = 255;
constexpr Problem kStringTooLong{"CharacterStringTooLong", "Value is too long",
                                 "split it into quoted strings of at most 255 octets each"};

template <std::size_t kOctets>
MaybeSize measure_fixed(std::string_view rest) {
  return rest.size() < kOctets ? std::nullopt : MaybeSize(kOctets);
}

template <std::size_t kOctets>
MaybeProblem parse_number(TokenReader& tokens, std::string& wire) {
  constexpr std::uint64_t kMax = (std::uint64_t{1} << (8 * kOctets)) - 1;
  constexpr std::string_view kRemedy = kOctets == 1   ? "write a number from 0 to 255"
                                       : kOctets == 2 ? "write a number from 0 to 65535"
                                                      : "write a number from 0 to 4294967295";
  const auto value = parse_decimal(tokens.take().text, kMax);
  if (!value) return Problem{{}, {}, kRemedy};
  append_integer(*value, kOctets, wire);
  return std::nullopt;
}

void format_number(std::string_view field, std::string& text) {
  absl::StrAppend(&text, read_integer(field));
}

MaybeProblem parse_seconds_field(TokenReader& tokens, std::string& wire) {
  const auto value = parse_seconds(tokens.take().text);
  if (!value) return Problem{{}, {}, "write seconds, 0 to 4294967295, or units as in 1h30m"};
  append_integer(*value, 4, wire);
  return std::nullopt;
}

MaybeProblem parse_ipv4(TokenReader& tokens, std::string& wire) {
  if (append_address(AF_INET, tokens.take().text, wire)) return std::nullopt;
  return Problem{"ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address",
                 "write four numbers from 0 to 255, as in 192.0.2.1"};
}

MaybeProblem parse_ipv6(TokenReader& tokens, std::string& wire) {
  if (append_address(AF_INET6, tokens.take().text, wire)) return std::nullopt;
  return Problem{"AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address",
                 "write it as in 2001:db8::1"};
}

void format_ipv4(std::string_view field, std::string& text) {
  format_address(AF_INET, field, text);
}
void format_ipv6(std::string_view field, std::string& text) {
  format_address(AF_INET6, field, text);
}

MaybeProblem parse_name(TokenReader& tokens, std::string& wire) {
  return append_name_text(tokens.take().text, tokens.origin_wire(), wire);
}

MaybeProblem parse_string(TokenReader& tokens, std::string& wire) {
  const auto octets = unescape(tokens.take().text);
  if (!octets) return kBadEscapeProblem;
  if (octets->size() > kMaxString) return kStringTooLong;
  append_integer(octets->size(), 1, wire);
  wire += *octets;
  return std::nullopt;
}

MaybeSize measure_string(std::string_view rest) {
  if (rest.empty()) return std::nullopt;
  const std::size_t size = 1 + static_cast<unsigned char>(rest[0]);
  return size > rest.size() ? std::nullopt : MaybeSize(size);
}

void format_text(std::string_view field, std::string& text) {
  text += '"';
  append_quoted(field, text);
  text += '"';
}

void format_string(std::string_view field, std::string& text) {
  format_text(field.substr(1), text);
}

MaybeProblem parse_strings(TokenReader& tokens, std::string& wire) {
  while (!tokens.at_end()) {
    if (auto problem = parse_string(tokens, wire)) return problem;
  }
  return std::nullopt;
}

MaybeSize measure_strings(std::string_view rest) {
  std::size_t total = 0;
  do {
    const auto size = measure_string(rest.substr(total));
    if (!size) return std::nullopt;
    total += *size;
  } while (total < rest.size());
  return total;
}

void format_strings(std::string_view field, std::string& text) {
  while (!field.empty()) {
    const std::size_t size = 1 + static_cast<unsigned char>(field[0]);
    format_string(field.substr(0, size), text);
    field.remove_prefix(size);
    if (!field.empty()) text += ' ';
  }
}

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= kMaxString &&
         std::ranges::all_of(tag, [](char c) { return is_letter(c) || is_digit(c); });
}

MaybeProblem parse_tag(TokenReader& tokens, std::string& wire) {
  const std::string_view tag = tokens.take().text;
  if (!is_tag(tag)) {
    return Problem{"CAARRDATAInvalidTag", "CAA tag is invalid",
                   "use letters and digits only, as in issue, issuewild or iodef"};
  }
  append_integer(tag.size(), 1, wire);
  wire += tag;
  return std::nullopt;
}

MaybeSize measure_tag(std::string_view rest) {
  const auto size = measure_string(rest);
  return size && is_tag(rest.substr(1, *size - 1)) ? size : std::nullopt;
}

void format_tag(std::string_view field, std::string& text) { text += field.substr(1); }

MaybeProblem parse_text(TokenReader& tokens, std::string& wire) {
  const auto octets = unescape(tokens.take().text);
  if (!octets) return kBadEscapeProblem;
  wire += *octets;
  return std::nullopt;
}

MaybeSize measure_rest(std::string_view rest) { return rest.size(); }

}  // namespace

void append_integer(std::uint64_t value, std::size_t octets, std::string& wire) {
  while (octets-- > 0) wire += static_cast<char>(value >> (8 * octets));
}

std::uint64_t read_integer(std::string_view wire) {
  std::uint64_t value = 0;
  for (const char octet : wire) value = value << 8 | static_cast<unsigned char>(octet);
  return value;
}

bool append_address(int family, std::string_view text, std::string& wire) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  std::array<char, sizeof(in6_addr)> address;
  if (inet_pton(family, terminated.data(), address.data()) != 1) return false;
  wire.append(address.data(), family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr));
  return true;
}

void format_address(int family, std::string_view wire, std::string& text) {
  if (family == AF_INET) {
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(wire[at]); };
    absl::StrAppend(&text, octet(0), ".", octet(1), ".", octet(2), ".", octet(3));
    return;
  }
  std::array<char, INET6_ADDRSTRLEN> buffer;
  text += inet_ntop(family, wire.data(), buffer.data(), buffer.size());
}

const FieldKind kU8Field{parse_number<1>, measure_fixed<1>, format_number};
const FieldKind kU16Field{parse_number<2>, measure_fixed<2>, format_number};
const FieldKind kU32Field{parse_number<4>, measure_fixed<4>, format_number};
const FieldKind kSecondsField{parse_seconds_field, measure_fixed<4>, format_number};
const FieldKind kIpv4Field{parse_ipv4, measure_fixed<4>, format_ipv4};
const FieldKind kIpv6Field{parse_ipv6, measure_fixed<16>, format_ipv6};
const FieldKind kNameField{
    .parse = parse_name, .measure = name_size, .format = append_name_presentation, .is_name = true};
const FieldKind kStringField{.parse = parse_string,
                             .measure = measure_string,
                             .format = format_string,
                             .may_be_quoted = true};
const FieldKind kStringsField{.parse = parse_strings,
                              .measure = measure_strings,
                              .format = format_strings,
                              .may_be_quoted = true};
const FieldKind kLetterDigitsField{parse_tag, measure_tag, format_tag};
const FieldKind kTextField{
    .parse = parse_text, .measure = measure_rest, .format = format_text, .may_be_quoted = true};

}  // namespace signpost::dns
