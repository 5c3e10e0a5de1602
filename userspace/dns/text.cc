#include "dns/text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace signpost::dns {
namespace {

// 0 for what is no unit.
std::uint64_t seconds_of_unit(char unit) {
  switch (to_lower(unit)) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    case 'w':
      return 604800;
  }
  return 0;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t max) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (digit > max || value > (max - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::optional<char> take_octet(std::string_view text, std::size_t& at) {
  const char first = text[at++];
  if (first != '\\') return first;
  if (at == text.size()) return std::nullopt;
  if (!is_digit(text[at])) return text[at++];
  const auto value = parse_decimal(text.substr(at, 3), 255);
  if (!value || text.size() - at < 3) return std::nullopt;
  at += 3;
  return static_cast<char>(*value);
}

void append_decimal_escape(char octet, std::string& text) {
  const auto value = static_cast<unsigned char>(octet);
  text += '\\';
  text += static_cast<char>('0' + value / 100);
  text += static_cast<char>('0' + value / 10 % 10);
  text += static_cast<char>('0' + value % 10);
}

std::string quoted_excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 300;
  if (text.size() <= kLongest) return absl::StrCat("'", std::string(text), "'");
  return absl::StrCat("'", std::string(text.substr(0, kLongest)), "...'");
}

std::string fatal_problem(const Problem& problem, std::string_view value) {
  return absl::StrCat("FATAL problem: ", std::string(problem.code), " (",
                      std::string(problem.description), ") encountered with ",
                      quoted_excerpt(value));
}

std::optional<std::uint32_t> parse_seconds(std::string_view text) {
  constexpr std::uint64_t kMax = 0xffffffff;
  if (const auto plain = parse_decimal(text, kMax)) return static_cast<std::uint32_t>(*plain);
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  while (!text.empty()) {
    const std::size_t unit_at = text.find_first_not_of("0123456789");
    if (unit_at == 0 || unit_at == std::string_view::npos) return std::nullopt;
    const auto count = parse_decimal(text.substr(0, unit_at), kMax);
    const std::uint64_t unit = seconds_of_unit(text[unit_at]);
    if (!count || unit == 0) return std::nullopt;
    total += *count * unit;
    if (total > kMax) return std::nullopt;
    text.remove_prefix(unit_at + 1);
  }
  return static_cast<std::uint32_t>(total);
}

std::optional<std::string> unescape(std::string_view text) {
  std::string octets;
  octets.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto octet = take_octet(text, at);
    if (!octet) return std::nullopt;
    octets += *octet;
  }
  return octets;
}

void append_quoted(std::string_view octets, std::string& text) {
  for (const char octet : octets) {
    if (octet != ' ' && !is_printable(octet)) {
      append_decimal_escape(octet, text);
      continue;
    }
    if (octet == '"' || octet == '\\') text += '\\';
    text += octet;
  }
}

}  // namespace signpost::dns
