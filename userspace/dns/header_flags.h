// Bits of the second word of a message's header (RFC 1035 section 4.1.1, RFC 4035 section 3).
#pragma once

#include <cstdint>

namespace signpost::dns {

inline constexpr std::uint16_t kRecursionDesired = 0x0100;    // RD
inline constexpr std::uint16_t kRecursionAvailable = 0x0080;  // RA
inline constexpr std::uint16_t kAuthenticData = 0x0020;       // AD
inline constexpr std::uint16_t kCheckingDisabled = 0x0010;    // CD

}  // namespace signpost::dns
