// Resource record types (IANA registry; RFC 3597 for those without a mnemonic).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signpost::dns {

// Any 16-bit value is a valid RRType; the named ones are those the code mentions.
enum class RRType : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kHinfo = 13,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kNaptr = 35,
  kDname = 39,
  kOpt = 41,
  kDs = 43,
  kSshfp = 44,
  kRrsig = 46,
  kNsec = 47,
  kDnskey = 48,
  kNsec3 = 50,
  kNsec3param = 51,
  kTlsa = 52,
  kSvcb = 64,
  kHttps = 65,
  kSpf = 99,
  kTsig = 250,
  kIxfr = 251,
  kAxfr = 252,
  kAny = 255,
  kCaa = 257,
};

// The mnemonic, or TYPE12345.
std::string to_text(RRType type);

// From a mnemonic in any case, or TYPE12345; nothing if it is neither.
std::optional<RRType> parse_rr_type(std::string_view text);

// OPT and the types 128 to 255 (RFC 6895 section 3.1): only in queries and messages, never data.
bool is_meta_type(RRType type);

}  // namespace signpost::dns
