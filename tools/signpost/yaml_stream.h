// YAML 1.2, and JSON as its subset, as a stream of events: nothing but the event at hand is kept in
// memory.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace signpost::cli {

struct YamlEvent {
  enum class Kind : std::uint8_t { kScalar, kNull, kMapStart, kMapEnd, kListStart, kListEnd };
  Kind kind = Kind::kNull;
  bool quoted = false;  // a scalar that is text whatever it looks like
  int line = 0;         // from 1; 0 for ends
  std::string text;     // of a scalar
};

class YamlSink {
 public:
  virtual ~YamlSink() = default;

  // Takes the next event in document order. An error ends the parsing and is returned from
  // parse_yaml.
  virtual absl::Status on_event(const YamlEvent& event) = 0;
};

// Parses every document of `text`. Aliases arrive as the events of the node they stand for; the
// nesting (32 levels) and the events that aliases expand to (one million) are bounded, because
// files are not always written by friends. An error is INVALID_ARGUMENT "FILE:LINE: what is wrong".
absl::Status parse_yaml(const std::string& text, const std::string& file_name, YamlSink& sink);

}  // namespace signpost::cli
