// Reads YAML and JSON into protobuf messages by reflection; the schema is the only list of fields.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "signpost/source_map.h"

namespace google::protobuf {
class Message;
}

namespace signpost::cli {

// Adds what `text` holds to `message`: lists grow, fields are set. Field names are those of the
// schema; unknown, repeated and ill-typed fields are refused, at most ten at once, one a line:
// "FILE:LINE: zones[0].record_sets[2].ttl: …". `sources` learns where each field came from. After
// an error `message` holds some part of the text.
absl::Status read_message(const std::string& text, const std::string& file_name,
                          google::protobuf::Message& message, SourceMap& sources);

}  // namespace signpost::cli
