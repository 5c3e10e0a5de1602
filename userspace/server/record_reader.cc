#include "server/record_reader.h"

namespace signpost::server {
namespace {

constexpr std::size_t kNameOctetsMax = 255;
constexpr std::uint8_t kPointer = 0xc0;

// How the RDATA of a type is made up: octets before its names, how many names, and whatever
// follows.
struct RdataShape {
  std::size_t prefix = 0;
  unsigned names = 0;
};

RdataShape shape_of(dns::RRType type) {
  switch (static_cast<std::uint16_t>(type)) {
    case 2:   // NS
    case 3:   // MD
    case 4:   // MF
    case 5:   // CNAME
    case 7:   // MB
    case 8:   // MG
    case 9:   // MR
    case 12:  // PTR
      return {0, 1};
    case 6:   // SOA
    case 14:  // MINFO
      return {0, 2};
    case 15:  // MX
      return {2, 1};
    default:
      return {};
  }
}

}  // namespace

std::optional<std::size_t> skip_name(Octets message, std::size_t at) {
  const std::size_t start = at;
  while (at < message.size() && at - start < kNameOctetsMax) {
    const std::uint8_t length = message[at];
    if (length == 0) return at + 1;
    if ((length & kPointer) == kPointer) {
      return at + 2 <= message.size() ? std::optional(at + 2) : std::nullopt;
    }
    if ((length & kPointer) != 0) return std::nullopt;
    at += 1u + length;
  }
  return std::nullopt;
}

std::optional<dns::Name> read_name(Octets message, std::size_t at) {
  std::string wire;
  std::size_t bound = at;  // pointers must lead before it
  while (at < message.size() && wire.size() < kNameOctetsMax) {
    const std::uint8_t length = message[at];
    if ((length & kPointer) == kPointer) {
      if (at + 2 > message.size()) return std::nullopt;
      const std::size_t target = load16(message, at) & 0x3fffu;
      if (target >= bound) return std::nullopt;
      at = bound = target;
      continue;
    }
    if ((length & kPointer) != 0 || at + 1 + length > message.size()) return std::nullopt;
    wire += as_text(message.subspan(at, 1u + length));
    if (length == 0) {
      auto name = dns::Name::from_wire(wire);
      return name.ok() ? std::optional(*std::move(name)) : std::nullopt;
    }
    at += 1u + length;
  }
  return std::nullopt;
}

std::optional<Record> read_record(Octets message, std::size_t at) {
  const auto fixed = skip_name(message, at);
  if (!fixed || *fixed + 10 > message.size()) return std::nullopt;
  Record record;
  record.owner_at = at;
  record.type = static_cast<dns::RRType>(load16(message, *fixed));
  record.rclass = load16(message, *fixed + 2);
  record.ttl = load32(message, *fixed + 4);
  record.rdata_size = load16(message, *fixed + 8);
  record.rdata_at = *fixed + 10;
  if (record.end() > message.size()) return std::nullopt;
  return record;
}

std::optional<std::string> expanded_rdata(Octets message, const Record& record) {
  const RdataShape shape = shape_of(record.type);
  if (record.rdata_size < shape.prefix) return std::nullopt;
  std::size_t at = record.rdata_at + shape.prefix;
  std::string rdata(as_text(message.subspan(record.rdata_at, shape.prefix)));
  for (unsigned i = 0; i < shape.names; ++i) {
    const auto name = read_name(message, at);
    const auto next = skip_name(message, at);
    if (!name || !next || *next > record.end()) return std::nullopt;
    rdata += name->wire();
    at = *next;
  }
  rdata += as_text(message.subspan(at, record.end() - at));
  return rdata;
}

}  // namespace signpost::server
