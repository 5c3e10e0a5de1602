// SVCB and HTTPS records in wire form (RFC 9460).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::dns {

// SvcParamKeys of addresses (RFC 9460 section 7.3).
inline constexpr std::uint16_t kIpv4Hint = 4;
inline constexpr std::uint16_t kIpv6Hint = 6;

inline bool is_service_binding(RRType type) {
  return type == RRType::kSvcb || type == RRType::kHttps;
}

// TargetName; "." stands for the owner in ServiceMode. Nothing if the RDATA is malformed.
std::optional<Name> service_target(std::string_view rdata);

bool has_service_param(std::string_view rdata, std::uint16_t key);

// `rdata` with another value for a key that it has.
std::string with_service_param(std::string_view rdata, std::uint16_t key, std::string_view value);

}  // namespace signpost::dns
