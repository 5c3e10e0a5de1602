// Response codes (RFC 1035 section 4.1.1, RFC 6895 section 2.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost::dns {

inline constexpr unsigned kRcodeNoError = 0;
inline constexpr unsigned kRcodeNxdomain = 3;

// "NXDOMAIN"; "RCODE12" where there is no mnemonic.
std::string rcode_text(unsigned rcode);

// The inverse, in any case of letters; nothing if it is neither.
std::optional<unsigned> parse_rcode(std::string_view text);

}  // namespace signpost::dns
