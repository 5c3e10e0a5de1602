#include "signpost/yaml_text.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace signpost::cli {
namespace {

bool is_alphanumeric(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }

bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

// Whether some YAML reader takes the text for a number, a date or base 60.
bool looks_like_number(const std::string& text) {
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  if (*end == '\0') return true;
  if (text.size() > 2 && text[0] == '0' && is_one_of(text[1], "box")) return true;
  return text.find_first_not_of("0123456789_:+-TtZz ") == std::string::npos;
}

bool is_reserved(const std::string& text) {
  static constexpr std::string_view kReserved[] = {"null", "true", "false", "yes", "no",
                                                   "on",   "off",  "y",     "n"};
  const std::string lower = absl::AsciiStrToLower(text);
  for (const std::string_view word : kReserved)
    if (lower == word) return true;
  return false;
}

bool is_plain(const std::string& text) {
  if (text.empty() || is_reserved(text) || looks_like_number(text)) return false;
  if (!is_alphanumeric(text.front()) && !is_one_of(text.front(), "/_")) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_alphanumeric(text[i]) || is_one_of(text[i], "_-./+")) continue;
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool separates = text[i] == ' ' && (is_alphanumeric(next) || is_one_of(next, "/_"));
    const bool joins = text[i] == ':' && (is_alphanumeric(next) || next == ':');
    if (!separates && !joins) return false;
  }
  return true;
}

// The code point at the start of valid UTF-8, and how many octets it has.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 1;
};
CodePoint code_point(std::string_view text) {
  const auto octet = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const std::uint32_t first = octet(0);
  if (first < 0xc0) return {first, 1};
  CodePoint point{first & 0x1f, 2};
  if (first >= 0xe0) point = {first & 0x0f, 3};
  if (first >= 0xf0) point = {first & 0x07, 4};
  for (std::size_t i = 1; i < point.size; ++i) point.value = point.value << 6 | (octet(i) & 0x3f);
  return point;
}

// Controls, and what YAML takes for a line break or a byte order mark.
bool must_be_escaped(std::uint32_t value) {
  return value < ' ' || (value >= 0x7f && value < 0xa0) || value == 0x2028 || value == 0x2029 ||
         value == 0xfeff || (value & 0xfffe) == 0xfffe;
}

std::string double_quoted(const std::string& text) {
  std::string quoted = "\"";
  for (std::string_view rest = text; !rest.empty();) {
    const CodePoint point = code_point(rest);
    if (point.value == '"' || point.value == '\\') quoted += '\\';
    if (must_be_escaped(point.value)) {
      absl::StrAppend(&quoted, absl::StrFormat("\\U%08X", point.value));
    } else {
      quoted.append(rest.substr(0, point.size));
    }
    rest.remove_prefix(std::min(point.size, rest.size()));
  }
  return quoted + '"';
}

std::string single_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + '\'';
}

}  // namespace

std::string yaml_text(const std::string& text) {
  if (is_plain(text)) return text;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) >= 0x7f)
      return double_quoted(text);
  return single_quoted(text);
}

}  // namespace signpost::cli
