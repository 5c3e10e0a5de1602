// Presentation format of names, below class Name: for parsers that write wire form straight into
// RDATA.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dns/text.h"

namespace signpost::dns {

inline constexpr std::size_t kMaxNameSize = 255;  // octets of wire form, RFC 1035 section 2.3.4
inline constexpr std::size_t kMaxLabelSize = 63;

// Appends the wire form of `text` to `wire`; a relative name is completed with `origin_wire`.
// `wire` is of no use after a problem.
std::optional<Problem> append_name_text(std::string_view text, std::string_view origin_wire,
                                        std::string& wire);

// Appends the presentation format of one uncompressed, valid name, with its trailing dot.
void append_name_presentation(std::string_view wire, std::string& text);

// The size of the uncompressed name at the start of `wire`, or nothing if there is none.
std::optional<std::size_t> name_size(std::string_view wire);

}  // namespace signpost::dns
