// RDATA between presentation format and uncompressed wire form.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::dns {

// Parses RDATA as a master file writes it, for example "10 mail.example.com." for MX; quoted
// strings keep their quotes. Relative names are completed with `origin`. The generic form "\#
// LENGTH HEX" (RFC 3597) is accepted for every type and required for types without a known format.
// Returns uncompressed wire form, at most 65,535 octets.
absl::StatusOr<std::string> parse_rdata(RRType type, std::string_view text, const Name& origin);

// The inverse; names are absolute. RDATA that its type does not allow is written in the generic
// form.
std::string format_rdata(RRType type, std::string_view wire);

// Checks that wire octets are well-formed RDATA of `type`; types without a known format allow
// everything.
absl::Status check_rdata(RRType type, std::string_view wire);

// The domain names in `wire`, in order; none for types without names. Requires check_rdata(type,
// wire).ok().
std::vector<Name> names_in_rdata(RRType type, std::string_view wire);

// Puts the letters of the names in `rdata` in lower case: two RDATA are the same if they are equal
// then (RFC 4034 section 6.2, for every type). Malformed RDATA stays as it is.
void fold_names_in_rdata(RRType type, std::string& rdata);

// The parts of SOA RDATA that the server needs (RFC 1035 section 3.3.13).
struct Soa {
  Name mname;
  Name rname;
  std::uint32_t serial = 0;
  std::uint32_t refresh = 0;
  std::uint32_t retry = 0;
  std::uint32_t expire = 0;
  std::uint32_t minimum = 0;

  std::string to_rdata() const;
};
absl::StatusOr<Soa> parse_soa(std::string_view rdata);

}  // namespace signpost::dns
