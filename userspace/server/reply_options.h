// EDNS options of replies that only the slow path gives; those of both paths are in
// bpf/reply_header.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/answer_table.h"

namespace signpost::server {

// INFO-CODEs (RFC 8914 section 4) that the server gives.
enum class ExtendedError : std::uint16_t {
  kNotReady = 14,
  kProhibited = 18,
  kNotAuthoritative = 20,
  kNotSupported = 21,
  kNoReachableAuthority = 22,
};

// Each returns an option, with its code and length.
// `text` is for people.
std::string extended_error_option(ExtendedError error, std::string_view text = {});

// How long a connection may be idle (RFC 7828).
std::string keepalive_option(std::chrono::milliseconds idle_timeout);

// Makes a message that has `size` octets without the option a multiple of 468 octets long (RFC 8467
// section 4.1), or as long as a message can be; empty if it has no room.
std::string padding_option(std::size_t size);
// Octets of that option at most.
inline constexpr std::size_t kPaddingOctetsMax = 4 + 467;

// The version of the zone that answers (RFC 9660): its serial, and, as a version of a type for
// private use, the configuration generation in 8 octets. Two options.
std::string zone_version_options(const model::AnswerTable& table, model::ZoneId zone);

}  // namespace signpost::server
