// Characters and error texts of presentation format, shared by the parsers of this module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace signpost::dns {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }
constexpr bool is_printable(char c) { return c > ' ' && c < 127; }

// True if the texts are equal but for the case of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

// A decimal number without sign, at most `max`.
std::optional<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t max);

// Reads the octet that begins at text[at], which may be an escape \X or \DDD (RFC 1035
// section 5.1), and moves `at` behind it. Nothing if the escape is cut off or greater than 255.
// Requires at < text.size().
std::optional<char> take_octet(std::string_view text, std::size_t& at);

// Appends \DDD.
void append_decimal_escape(char octet, std::string& text);

// `text` for a message: long ones shortened.
std::string quoted_excerpt(std::string_view text);

// Why a value is refused; all members are literals.
struct Problem {
  std::string_view code;         // Route 53's; may be empty, then `description` is too
  std::string_view description;  // Route 53's
  std::string_view remedy;
};

// Route 53's form: FATAL problem: CODE (description) encountered with 'value'. Requires a code.
std::string fatal_problem(const Problem& problem, std::string_view value);

// A number of seconds, with or without the units w, d, h, m and s in any case: 3600, 1h30m.
std::optional<std::uint32_t> parse_seconds(std::string_view text);

// The octets that `text` writes, escapes resolved; nothing if an escape is wrong.
std::optional<std::string> unescape(std::string_view text);

// Appends octets as a quoted string that unescape() reads, without its quotation marks.
void append_quoted(std::string_view octets, std::string& text);

}  // namespace signpost::dns
