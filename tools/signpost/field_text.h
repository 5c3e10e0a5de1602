// Scalar fields of messages as people write them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class EnumDescriptor;
class EnumValueDescriptor;
class Message;
}  // namespace google::protobuf

namespace signpost::cli {

// Sets a scalar field, or appends to a repeated one, from the text of a file. `quoted`: it was
// written as text. An error says what was expected and what was found.
absl::Status set_scalar(google::protobuf::Message& message,
                        const google::protobuf::FieldDescriptor& field, const std::string& text,
                        bool quoted);

// What a value of the field is, for messages: "a whole number from 0 to 4294967295", "one of
// primary, secondary".
std::string describe_value(const google::protobuf::FieldDescriptor& field);

// The fields of a message: "name, type, ttl".
std::string field_list(const google::protobuf::Descriptor& message);

// The field that was probably meant by `name`: one of the message's own, or "weighted.weight" one
// level down; empty if none is close.
std::string similar_field(const google::protobuf::Descriptor& message, std::string_view name);

// The name without the prefix that its enum gives to all values, in lower case: DISTRIBUTION_STICKY
// → sticky.
std::string short_name(const google::protobuf::EnumValueDescriptor& value);

}  // namespace signpost::cli
