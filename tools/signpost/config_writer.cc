#include "signpost/config_writer.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "signpost/field_text.h"
#include "signpost/yaml_text.h"

namespace signpost::cli {
namespace {

namespace pb = google::protobuf;
using Fields = std::vector<const pb::FieldDescriptor*>;

std::string double_text(double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return std::string(digits.data(), end);
}

bool is_timestamp(const pb::FieldDescriptor& field) {
  return field.message_type() != nullptr &&
         field.message_type()->full_name() == "google.protobuf.Timestamp";
}

// A field's value that fits on its line; `index` -1 unless repeated.
std::string scalar_text(const pb::Message& message, const pb::FieldDescriptor& field, int index) {
  const pb::Reflection& get = *message.GetReflection();
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_STRING:
      return yaml_text(index < 0 ? get.GetString(message, &field)
                                 : get.GetRepeatedString(message, &field, index));
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return get.GetBool(message, &field) ? "true" : "false";
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      return short_name(index < 0 ? *get.GetEnum(message, &field)
                                  : *get.GetRepeatedEnum(message, &field, index));
    case pb::FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(get.GetInt32(message, &field));
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(get.GetUInt32(message, &field));
    case pb::FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(get.GetInt64(message, &field));
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(get.GetUInt64(message, &field));
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      return double_text(get.GetDouble(message, &field));
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      return double_text(static_cast<double>(get.GetFloat(message, &field)));
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return yaml_text(pb::util::TimeUtil::ToString(
      static_cast<const pb::Timestamp&>(get.GetMessage(message, &field))));
}

// The fields to write: those that are set, and if there are none the numbers, so that a weight of 0
// can be seen.
Fields shown_fields(const pb::Message& message) {
  Fields fields;
  message.GetReflection()->ListFields(message, &fields);
  if (!fields.empty()) return fields;
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const pb::FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_UINT32 && !field->is_repeated() &&
        !field->has_presence())
      fields.push_back(field);
  }
  return fields;
}

// Whether the text has several lines that YAML gives back as they are.
bool is_block(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); });
  return plain && text.find('\n') < text.size() - 1 && text.front() != ' ' &&
         text.front() != '\n' && !text.ends_with("\n\n");
}

bool fits_on_a_line(const pb::FieldDescriptor& field) {
  return !field.is_repeated() && (field.message_type() == nullptr || is_timestamp(field));
}

class Writer {
 public:
  explicit Writer(const YamlComments& comments) : comments_(comments) {}

  // Writes the fields of `message`. The first begins where the text ends, the others at `indent`.
  void write(const pb::Message& message, const Fields& fields, int indent) {
    bool first = true;
    for (const pb::FieldDescriptor* field : fields) {
      if (!first) text_.append(static_cast<std::size_t>(indent), ' ');
      first = false;
      absl::StrAppend(&text_, field->name(), ":");
      if (field->is_repeated()) {
        write_list(message, *field, indent);
      } else if (field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING &&
                 is_block(message.GetReflection()->GetString(message, field))) {
        write_block(message.GetReflection()->GetString(message, field), indent);
      } else if (fits_on_a_line(*field)) {
        absl::StrAppend(&text_, " ", scalar_text(message, *field, -1), "\n");
      } else {
        write_nested(message.GetReflection()->GetMessage(message, field), indent);
      }
    }
    for (const std::string& comment : comments_.of_empty_lists(message))
      write_comment(comment, indent);
  }

  std::string take() { return std::move(text_); }

 private:
  // Text of several lines as a block, each line at its place.
  void write_block(const std::string& text, int indent) {
    text_ += text.back() == '\n' ? " |\n" : " |-\n";
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      if (!line.empty()) text_.append(static_cast<std::size_t>(indent) + 2, ' ');
      text_.append(line);
      text_ += '\n';
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
  }

  void write_comment(const std::string& comment, int indent) {
    text_.append(static_cast<std::size_t>(indent), ' ');
    absl::StrAppend(&text_, "# ", comment, "\n");
  }

  void write_list(const pb::Message& message, const pb::FieldDescriptor& field, int indent) {
    const int size = message.GetReflection()->FieldSize(message, &field);
    text_ += '\n';
    for (int i = 0; i <= size; ++i) {
      for (const std::string& comment : comments_.before(message, field, i))
        write_comment(comment, indent + 2);
      if (i < size) write_element(message, field, i, indent);
    }
  }

  void write_element(const pb::Message& message, const pb::FieldDescriptor& field, int i,
                     int indent) {
    text_.append(static_cast<std::size_t>(indent) + 2, ' ');
    text_ += "- ";
    if (field.message_type() == nullptr) {
      absl::StrAppend(&text_, scalar_text(message, field, i), "\n");
      return;
    }
    const pb::Message& element = message.GetReflection()->GetRepeatedMessage(message, &field, i);
    const Fields fields = shown_fields(element);
    if (fields.empty()) text_ += "{}\n";
    write(element, fields, indent + 4);
  }

  void write_nested(const pb::Message& nested, int indent) {
    const Fields fields = shown_fields(nested);
    for (const pb::FieldDescriptor* field : fields) {
      if (fits_on_a_line(*field)) continue;
      text_ += '\n';
      text_.append(static_cast<std::size_t>(indent) + 2, ' ');
      write(nested, fields, indent + 2);
      return;
    }
    text_ += " {";
    for (const pb::FieldDescriptor* field : fields) {
      absl::StrAppend(&text_, field == fields.front() ? "" : ", ", field->name(), ": ",
                      scalar_text(nested, *field, -1));
    }
    text_ += "}\n";
  }

  const YamlComments& comments_;
  std::string text_;
};

}  // namespace

std::string to_yaml(const pb::Message& message) { return to_yaml(message, YamlComments()); }

std::string to_yaml(const pb::Message& message, const YamlComments& comments) {
  const Fields fields = shown_fields(message);
  Writer writer(comments);
  writer.write(message, fields, 0);
  return fields.empty() ? writer.take() + "{}\n" : writer.take();
}

std::string to_json(const pb::Message& message) {
  pb::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = false;
  std::string text;
  const auto status = pb::util::MessageToJsonString(message, &text, options);
  return status.ok() ? text : absl::StrCat("{\"error\": \"", status.ToString(), "\"}\n");
}

}  // namespace signpost::cli
