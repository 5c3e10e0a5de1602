// DNS messages as octets, written out in tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "tests/support/config_builder.h"

namespace signpost::testing {

inline std::string u16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}
inline std::string u32(std::uint32_t value) { return u16(value >> 16) + u16(value & 0xffff); }

// Flags of the header's second word.
inline constexpr unsigned kQr = 0x8000;
inline constexpr unsigned kAa = 0x0400;
inline constexpr unsigned kTc = 0x0200;
inline constexpr unsigned kRd = 0x0100;
inline constexpr unsigned kRa = 0x0080;
inline constexpr unsigned kZ = 0x0040;
inline constexpr unsigned kAd = 0x0020;
inline constexpr unsigned kCd = 0x0010;

inline constexpr std::uint16_t kId = 0x1234;

struct Counts {
  unsigned questions = 1;
  unsigned answers = 0;
  unsigned authority = 0;
  unsigned additional = 0;
};

inline std::string header(unsigned flags, Counts counts = {}) {
  return u16(kId) + u16(flags) + u16(counts.questions) + u16(counts.answers) +
         u16(counts.authority) + u16(counts.additional);
}

inline std::string question(const std::string& qname, dns::RRType qtype, unsigned qclass = 1) {
  return std::string(name(qname).wire()) + u16(static_cast<unsigned>(qtype)) + u16(qclass);
}

// `owner`: wire form, or a compression pointer.
inline std::string record(const std::string& owner, dns::RRType type, std::uint32_t ttl,
                          const std::string& rdata) {
  return owner + u16(static_cast<unsigned>(type)) + u16(1) + u32(ttl) +
         u16(static_cast<unsigned>(rdata.size())) + rdata;
}

inline std::string pointer(unsigned offset) { return u16(0xc000 | offset); }

// A pointer to QNAME.
inline const std::string kQnamePointer = pointer(12);

inline std::string option(unsigned code, const std::string& data) {
  return u16(code) + u16(static_cast<unsigned>(data.size())) + data;
}

struct Opt {
  unsigned udp_size = 1232;
  unsigned extended_rcode = 0;
  unsigned version = 0;
  unsigned flags = 0;
  std::string options{};
};

inline constexpr unsigned kDo = 0x8000;

inline std::string opt(const Opt& opt = {}) {
  return std::string(1, '\0') + u16(41) + u16(opt.udp_size) +
         u16(opt.extended_rcode << 8 | opt.version) + u16(opt.flags) +
         u16(static_cast<unsigned>(opt.options.size())) + opt.options;
}

// A whole plain query.
inline std::string query(const std::string& qname, dns::RRType qtype, unsigned flags = 0) {
  return header(flags) + question(qname, qtype);
}

// The same with OPT.
inline std::string edns_query(const std::string& qname, dns::RRType qtype, const Opt& edns = {},
                              unsigned flags = 0) {
  return header(flags, {.additional = 1}) + question(qname, qtype) + opt(edns);
}

inline std::string hex(const std::string& octets) {
  static const char* kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const auto octet = static_cast<unsigned char>(octets[i]);
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
    text += i % 16 == 15 ? '\n' : ' ';
  }
  return text;
}

}  // namespace signpost::testing
