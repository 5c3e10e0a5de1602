// The fields that RDATA is made of: each kind knows its presentation format and its wire form.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dns/lexer.h"
#include "dns/text.h"

namespace signpost::dns {

// Hands out the tokens of one RDATA.
class TokenReader {
 public:
  TokenReader(std::span<const Token> tokens, std::string_view origin_wire)
      : tokens_(tokens), origin_wire_(origin_wire) {}

  bool at_end() const { return taken_ == tokens_.size(); }
  // The next token, to be taken later. Requires !at_end().
  const Token& peek() const { return tokens_[taken_]; }
  // Requires !at_end().
  const Token& take() { return tokens_[taken_++]; }
  // The token taken last, for messages; null before the first.
  const Token* last() const { return taken_ == 0 ? nullptr : &tokens_[taken_ - 1]; }
  // Taken and not taken.
  std::span<const Token> all() const { return tokens_; }
  // What completes relative names.
  std::string_view origin_wire() const { return origin_wire_; }

 private:
  std::span<const Token> tokens_;
  std::string_view origin_wire_;
  std::size_t taken_ = 0;
};

struct FieldKind {
  // Takes tokens, of which there is at least one unless the field may be empty, and appends the
  // wire form. The problem is about the token taken last.
  std::optional<Problem> (*parse)(TokenReader& tokens, std::string& wire);
  // The size of the field at the start of `rest`, or nothing if it is malformed.
  std::optional<std::size_t> (*measure)(std::string_view rest);
  // Appends the presentation format; `field` is what measure() delimited.
  void (*format)(std::string_view field, std::string& text);
  bool may_be_empty = false;
  bool may_be_quoted = false;
  bool is_name = false;
};

// fields_basic.cc
extern const FieldKind kU8Field;
extern const FieldKind kU16Field;
extern const FieldKind kU32Field;
extern const FieldKind kSecondsField;  // 32 bits, in text with or without units
extern const FieldKind kIpv4Field;
extern const FieldKind kIpv6Field;
extern const FieldKind kNameField;
extern const FieldKind kStringField;        // <character-string> of RFC 1035 section 3.3
extern const FieldKind kStringsField;       // one or more, to the end
extern const FieldKind kLetterDigitsField;  // a property tag of CAA (RFC 8659 section 4.1)
extern const FieldKind kTextField;          // octets to the end without a length, quoted

// fields_binary.cc
extern const FieldKind kHexField;     // one octet or more, to the end
extern const FieldKind kBase64Field;  // one octet or more, to the end
extern const FieldKind kSaltField;    // RFC 5155 section 3.3: hexadecimal, "-" if empty
extern const FieldKind kBase32Field;  // RFC 5155 section 3.3: next hashed owner name
extern const FieldKind kEui48Field;   // RFC 7043
extern const FieldKind kEui64Field;
extern const FieldKind kNodeIdField;  // RFC 6742: four groups of four hexadecimal digits

// fields_dnssec.cc
extern const FieldKind kTypeField;
extern const FieldKind kTypeBitmapField;  // RFC 4034 section 4.1.2
extern const FieldKind kTimestampField;   // RFC 4034 section 3.2
extern const FieldKind kAlgorithmField;   // RFC 4034 appendix A.1, in text also as a mnemonic
extern const FieldKind kCertTypeField;    // RFC 4398 section 2.1

// fields_loc.cc
extern const FieldKind kLocationField;  // RFC 1876

// fields_svcb.cc
extern const FieldKind kSvcParamsField;  // RFC 9460

// Helpers that several kinds share.
inline constexpr Problem kBadEscapeProblem{
    "UnsupportedCharacter", "Value contains unsupported characters",
    "write an escape as \\X or as \\DDD with three digits up to 255"};
void append_integer(std::uint64_t value, std::size_t octets, std::string& wire);
std::uint64_t read_integer(std::string_view wire);
bool append_address(int family, std::string_view text, std::string& wire);
void format_address(int family, std::string_view wire, std::string& text);
// Hexadecimal digits of either case, an even number; false if they are not.
bool append_hex(std::string_view digits, std::string& wire);
void format_hex(std::string_view octets, std::string& text);
// RFC 4648 section 4 with padding; false if it is not.
bool append_base64(std::string_view digits, std::string& wire);
void format_base64(std::string_view octets, std::string& text);

}  // namespace signpost::dns
