#include "signpost/field_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "base/status.h"

namespace signpost::cli {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t kQuotedLength = 60;  // of a file's text in a message

// Text of a file, for a message: in quotes, short, without control characters.
std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text.substr(0, kQuotedLength)) {
    quoted += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
  }
  return quoted + (text.size() > kQuotedLength ? "…\"" : "\"");
}

absl::Status expected(const pb::FieldDescriptor& field, const std::string& text, bool quoted) {
  const bool number_in_quotes = quoted && !text.empty() && text.size() < kQuotedLength &&
                                field.cpp_type() != pb::FieldDescriptor::CPPTYPE_ENUM;
  return invalid_argument("expected ", describe_value(field), ", got ", quoted ? "the text " : "",
                          quote(text), number_in_quotes ? "; remove the quotes" : "");
}

// Whether the octets are UTF-8 (RFC 3629), which messages need; yaml-cpp lets everything through.
bool is_utf8(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char first = octet(i);
    const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size == 1) {
      ++i;
      continue;
    }
    if (first < 0xc2 || first > 0xf4 || text.size() - i < size) return false;
    for (std::size_t j = 1; j < size; ++j)
      if ((octet(i + j) & 0xc0) != 0x80) return false;
    const unsigned char second = octet(i + 1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second > 0x9f;
    const bool too_large = first == 0xf4 && second > 0x8f;
    if (overlong || surrogate || too_large) return false;
    i += size;
  }
  return true;
}

// The whole of `text` as a number.
template <typename Number>
bool parse_number(const std::string& text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && !text.empty();
}

template <typename Number>
absl::Status set_number(pb::Message& message, const pb::FieldDescriptor& field,
                        const std::string& text, bool quoted,
                        void (pb::Reflection::*set)(pb::Message*, const pb::FieldDescriptor*,
                                                    Number) const) {
  Number number{};
  if (quoted || !parse_number(text, number)) return expected(field, text, quoted);
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(number)) return expected(field, text, quoted);
  }
  (message.GetReflection()->*set)(&message, &field, number);
  return absl::OkStatus();
}

absl::Status set_bool(pb::Message& message, const pb::FieldDescriptor& field,
                      const std::string& text, bool quoted) {
  if (quoted || (text != "true" && text != "false")) return expected(field, text, quoted);
  message.GetReflection()->SetBool(&message, &field, text == "true");
  return absl::OkStatus();
}

// A value numbered 0 says that nothing was chosen; leaving the field out says so in a file.
absl::Status set_enum(pb::Message& message, const pb::FieldDescriptor& field,
                      const std::string& text, bool quoted) {
  for (int i = 0; i < field.enum_type()->value_count(); ++i) {
    const pb::EnumValueDescriptor* value = field.enum_type()->value(i);
    if (value->number() == 0 || (text != value->name() && text != short_name(*value))) continue;
    if (field.is_repeated()) {
      message.GetReflection()->AddEnum(&message, &field, value);
    } else {
      message.GetReflection()->SetEnum(&message, &field, value);
    }
    return absl::OkStatus();
  }
  return expected(field, text, quoted);
}

absl::Status set_string(pb::Message& message, const pb::FieldDescriptor& field,
                        const std::string& text) {
  if (!is_utf8(text)) return invalid_argument("not UTF-8; save the file as UTF-8");
  if (field.is_repeated()) {
    message.GetReflection()->AddString(&message, &field, text);
  } else {
    message.GetReflection()->SetString(&message, &field, text);
  }
  return absl::OkStatus();
}

template <typename Number>
std::string range_text() {
  return absl::StrCat("a whole number from ", std::numeric_limits<Number>::min(), " to ",
                      std::numeric_limits<Number>::max());
}

// Letters and digits in lower case: setIdentifier, SetIdentifier and set_identifier are then the
// same.
std::string plain(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)))
      letters += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return letters;
}

// Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        rows[i][j] = i + j;
        continue;
      }
      const std::size_t replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.size()][b.size()];
}

}  // namespace

absl::Status set_scalar(pb::Message& message, const pb::FieldDescriptor& field,
                        const std::string& text, bool quoted) {
  using Type = pb::FieldDescriptor;
  switch (field.cpp_type()) {
    case Type::CPPTYPE_STRING:
      return set_string(message, field, text);
    case Type::CPPTYPE_BOOL:
      return set_bool(message, field, text, quoted);
    case Type::CPPTYPE_ENUM:
      return set_enum(message, field, text, quoted);
    case Type::CPPTYPE_INT32:
      return set_number(message, field, text, quoted, &pb::Reflection::SetInt32);
    case Type::CPPTYPE_UINT32:
      return set_number(message, field, text, quoted, &pb::Reflection::SetUInt32);
    case Type::CPPTYPE_DOUBLE:
      return set_number(message, field, text, quoted, &pb::Reflection::SetDouble);
    case Type::CPPTYPE_MESSAGE:
      return expected(field, text, quoted);
    case Type::CPPTYPE_INT64:
    case Type::CPPTYPE_UINT64:
    case Type::CPPTYPE_FLOAT:
      break;
  }
  return internal_error("no text form for fields of the type ", field.type_name());
}

std::string describe_value(const pb::FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case pb::FieldDescriptor::CPPTYPE_INT32:
      return range_text<std::int32_t>();
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      return range_text<std::uint32_t>();
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      return "a number";
    case pb::FieldDescriptor::CPPTYPE_STRING:
      return "text";
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      return field.message_type()->field_count() == 0
                 ? "{}"
                 : absl::StrCat("fields (", field_list(*field.message_type()), ")");
    default:
      break;
  }
  std::string names;
  for (int i = 0; field.enum_type() != nullptr && i < field.enum_type()->value_count(); ++i) {
    const pb::EnumValueDescriptor& value = *field.enum_type()->value(i);
    if (value.number() == 0) continue;
    absl::StrAppend(&names, names.empty() ? "one of " : ", ", short_name(value));
  }
  return names;
}

std::string field_list(const pb::Descriptor& message) {
  std::string names;
  for (int i = 0; i < message.field_count(); ++i)
    absl::StrAppend(&names, names.empty() ? "" : ", ", message.field(i)->name());
  return names;
}

std::string similar_field(const pb::Descriptor& message, std::string_view name) {
  const std::string wanted = plain(name.substr(0, kQuotedLength));
  std::string best;
  std::size_t best_distance = std::min<std::size_t>(2, wanted.size() / 3) + 1;
  const auto consider = [&](const pb::FieldDescriptor& field, const std::string& prefix) {
    const std::size_t distance = edit_distance(wanted, plain(field.name()));
    if (distance >= best_distance) return;
    best_distance = distance;
    best = prefix + field.name();
  };
  for (int i = 0; i < message.field_count(); ++i) consider(*message.field(i), "");
  for (int i = 0; i < message.field_count(); ++i) {
    const pb::FieldDescriptor& field = *message.field(i);
    if (field.message_type() == nullptr || field.is_repeated()) continue;
    for (int j = 0; j < field.message_type()->field_count(); ++j)
      consider(*field.message_type()->field(j), field.name() + ".");
  }
  return best;
}

std::string short_name(const pb::EnumValueDescriptor& value) {
  std::string prefix;
  for (const char c : value.type()->name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  prefix += '_';
  std::string name = value.name();
  if (name.rfind(prefix, 0) == 0) name.erase(0, prefix.size());
  return absl::AsciiStrToLower(name);
}

}  // namespace signpost::cli
