#include "dns/name_text.h"

#include "dns/text.h"

namespace signpost::dns {
namespace {

constexpr Problem kLabelEmpty{"DomainLabelEmpty", "Domain label is empty",
                              "remove the superfluous dot"};
constexpr Problem kLabelTooLong{"DomainLabelTooLong", "Domain label is too long",
                                "shorten the label to 63 octets"};
constexpr Problem kNameTooLong{"DomainNameTooLong", "Domain name is too long",
                               "shorten the name to 255 octets, length octets included"};
constexpr Problem kBadEscape{"UnsupportedCharacter", "Value contains unsupported characters",
                             "write an escape as \\X or as \\DDD with three digits up to 255"};
constexpr Problem kNoText{"DomainLabelEmpty", "Domain label is empty",
                          "write '@' for the origin or '.' for the root"};

bool is_plain(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '*'; }

// Appends one label with its length octet; moves `at` to the dot behind it or to the end.
std::optional<Problem> append_label(std::string_view text, std::size_t& at, std::string& wire) {
  const std::size_t length_at = wire.size();
  wire += '\0';
  while (at < text.size() && text[at] != '.') {
    const auto octet = take_octet(text, at);
    if (!octet) return kBadEscape;
    wire += *octet;
    if (wire.size() - length_at - 1 > kMaxLabelSize) return kLabelTooLong;
  }
  const std::size_t length = wire.size() - length_at - 1;
  if (length == 0) return kLabelEmpty;
  wire[length_at] = static_cast<char>(length);
  return std::nullopt;
}

}  // namespace

std::optional<Problem> append_name_text(std::string_view text, std::string_view origin_wire,
                                        std::string& wire) {
  if (text.empty()) return kNoText;
  if (text == "@") {
    wire += origin_wire;
    return std::nullopt;
  }
  if (text == ".") {
    wire += '\0';
    return std::nullopt;
  }
  const std::size_t start = wire.size();
  bool absolute = false;
  for (std::size_t at = 0; at < text.size();) {
    if (auto problem = append_label(text, at, wire)) return problem;
    if (wire.size() - start >= kMaxNameSize) return kNameTooLong;
    absolute = at < text.size();  // at a dot: absolute if nothing follows it
    ++at;
  }
  if (absolute) {
    wire += '\0';
  } else {
    wire += origin_wire;
  }
  if (wire.size() - start > kMaxNameSize) return kNameTooLong;
  return std::nullopt;
}

void append_name_presentation(std::string_view wire, std::string& text) {
  if (wire.size() == 1) {
    text += '.';
    return;
  }
  for (std::size_t at = 0; wire[at] != 0;) {
    const std::size_t end = at + 1 + static_cast<unsigned char>(wire[at]);
    for (++at; at < end; ++at) {
      const char octet = wire[at];
      if (is_plain(octet)) {
        text += octet;
      } else if (is_printable(octet)) {
        text += '\\';
        text += octet;
      } else {
        append_decimal_escape(octet, text);
      }
    }
    text += '.';
  }
}

std::optional<std::size_t> name_size(std::string_view wire) {
  for (std::size_t at = 0; at < wire.size() && at < kMaxNameSize;) {
    const auto length = static_cast<unsigned char>(wire[at]);
    if (length == 0) return at + 1;
    if (length > kMaxLabelSize) return std::nullopt;
    at += 1 + length;
  }
  return std::nullopt;
}

}  // namespace signpost::dns
