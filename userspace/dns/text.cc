#include "dns/text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace signpost::dns {

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

std::string fatal_problem(std::string_view code, std::string_view description,
                          std::string_view value) {
  return absl::StrCat("FATAL problem: ", std::string(code), " (", std::string(description),
                      ") encountered with ", quoted_excerpt(value));
}

}  // namespace signpost::dns
