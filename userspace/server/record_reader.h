// Reading names and resource records out of message octets (RFC 1035 section 4.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "server/octets.h"

namespace signpost::server {

// Where the name at `at` ends in the message, its pointer included. Nothing if it is malformed. The
// target of a pointer is not read.
std::optional<std::size_t> skip_name(Octets message, std::size_t at);

// The name at `at`, with its compression pointers followed. A pointer must lead to an earlier octet
// than the name it ends, so that reading always ends.
std::optional<dns::Name> read_name(Octets message, std::size_t at);

struct Record {
  std::size_t owner_at = 0;
  dns::RRType type{};
  std::uint16_t rclass = 0;
  std::uint32_t ttl = 0;
  std::size_t rdata_at = 0;
  std::size_t rdata_size = 0;

  std::size_t end() const { return rdata_at + rdata_size; }
};

// The record whose owner name is at `at`. Nothing if it does not fit into the message.
std::optional<Record> read_record(Octets message, std::size_t at);

// RDATA without compression, which only the types of RFC 1035 may hold (RFC 3597 section 4).
std::optional<std::string> expanded_rdata(Octets message, const Record& record);

}  // namespace signpost::server
