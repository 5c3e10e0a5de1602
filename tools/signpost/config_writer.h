// Messages as people read them.
#pragma once

#include <string>

#include "signpost/yaml_comments.h"

namespace google::protobuf {
class Message;
}

namespace signpost::cli {

// YAML in the order of the schema; read_message gives the same message back. Text is quoted where
// YAML, or one of its older readers, would take it for something else. Timestamps are written as
// RFC 3339 text.
std::string to_yaml(const google::protobuf::Message& message);
// The same with comments at their places.
std::string to_yaml(const google::protobuf::Message& message, const YamlComments& comments);

// JSON with the field names of the schema.
std::string to_json(const google::protobuf::Message& message);

}  // namespace signpost::cli
