// Text as a YAML scalar.
#pragma once

#include <string>

namespace signpost::cli {

// UTF-8 text as it stands where YAML 1.2 and 1.1 readers all take it for that text, also between
// braces; else in quotes.
std::string yaml_text(const std::string& text);

}  // namespace signpost::cli
