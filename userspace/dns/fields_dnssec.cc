// Types, bit maps of types, times and algorithm numbers as DNSSEC and CERT write them.
#include <array>
#include <chrono>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dns/fields.h"
#include "dns/rr_type.h"

namespace signpost::dns {
namespace {

using MaybeProblem = std::optional<Problem>;
using MaybeSize = std::optional<std::size_t>;

constexpr Problem kBadType{{}, {}, "write a record type such as AAAA, or TYPE65280"};

template <std::size_t kOctets>
MaybeSize measure_fixed(std::string_view rest) {
  return rest.size() < kOctets ? std::nullopt : MaybeSize(kOctets);
}

void format_number(std::string_view field, std::string& text) {
  absl::StrAppend(&text, read_integer(field));
}

MaybeProblem parse_type(TokenReader& tokens, std::string& wire) {
  const auto type = parse_rr_type(tokens.take().text);
  if (!type) return kBadType;
  append_integer(static_cast<std::uint16_t>(*type), 2, wire);
  return std::nullopt;
}

void format_type(std::string_view field, std::string& text) {
  text += to_text(static_cast<RRType>(read_integer(field)));
}

MaybeProblem parse_bitmap(TokenReader& tokens, std::string& wire) {
  std::set<std::uint16_t> types;
  while (!tokens.at_end()) {
    const auto type = parse_rr_type(tokens.take().text);
    if (!type) return kBadType;
    types.insert(static_cast<std::uint16_t>(*type));
  }
  for (auto at = types.begin(); at != types.end();) {
    const unsigned window = *at >> 8;
    std::string bits;
    for (; at != types.end() && *at >> 8 == window; ++at) {
      const unsigned low = *at & 0xff;
      bits.resize(low / 8 + 1, '\0');
      bits.back() = static_cast<char>(bits.back() | 0x80 >> low % 8);
    }
    append_integer(window, 1, wire);
    append_integer(bits.size(), 1, wire);
    wire += bits;
  }
  return std::nullopt;
}

MaybeSize measure_bitmap(std::string_view rest) {
  int last_window = -1;
  for (std::size_t at = 0; at < rest.size();) {
    if (rest.size() - at < 3) return std::nullopt;
    const int window = static_cast<unsigned char>(rest[at]);
    const std::size_t size = static_cast<unsigned char>(rest[at + 1]);
    if (window <= last_window || size < 1 || size > 32 || rest.size() - at < 2 + size)
      return std::nullopt;
    at += 2 + size;
    if (rest[at - 1] == 0) return std::nullopt;
    last_window = window;
  }
  return rest.size();
}

void format_bitmap(std::string_view field, std::string& text) {
  const std::size_t start = text.size();
  for (std::size_t at = 0; at < field.size();) {
    const unsigned window = static_cast<unsigned char>(field[at]);
    const std::size_t size = static_cast<unsigned char>(field[at + 1]);
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      if ((static_cast<unsigned char>(field[at + 2 + bit / 8]) & 0x80 >> bit % 8) == 0) continue;
      if (text.size() > start) text += ' ';
      text += to_text(static_cast<RRType>(window << 8 | bit));
    }
    at += 2 + size;
  }
}

// YYYYMMDDHHmmSS in UTC; the wire form is modulo 2^32 (RFC 4034 section 3.1.5).
std::optional<std::uint32_t> parse_date(std::string_view text) {
  const auto part = [&](std::size_t at, std::size_t size) {
    return static_cast<unsigned>(parse_decimal(text.substr(at, size), 9999).value_or(9999));
  };
  if (text.size() != 14 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  using std::chrono::year_month_day;
  const year_month_day date{std::chrono::year(static_cast<int>(part(0, 4))),
                            std::chrono::month(part(4, 2)), std::chrono::day(part(6, 2))};
  const unsigned hour = part(8, 2);
  const unsigned minute = part(10, 2);
  const unsigned second = part(12, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<std::uint32_t>(days * 86400 + hour * 3600 + minute * 60 + second);
}

MaybeProblem parse_timestamp(TokenReader& tokens, std::string& wire) {
  const std::string_view text = tokens.take().text;
  std::optional<std::uint64_t> value = parse_date(text);
  if (!value) value = parse_decimal(text, 0xffffffff);
  if (!value) return Problem{{}, {}, "write it as YYYYMMDDHHmmSS, or as seconds since 1970"};
  append_integer(*value, 4, wire);
  return std::nullopt;
}

void format_timestamp(std::string_view field, std::string& text) {
  const std::chrono::sys_seconds time{
      std::chrono::seconds(static_cast<std::int64_t>(read_integer(field)))};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  absl::StrAppendFormat(&text, "%04d%02u%02u%02d%02d%02d", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                        clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

struct Mnemonic {
  std::string_view text;
  std::uint16_t value;
};

// IANA, "DNS Security Algorithm Numbers".
constexpr std::array kAlgorithms = {
    Mnemonic{"DELETE", 0},
    Mnemonic{"RSAMD5", 1},
    Mnemonic{"DH", 2},
    Mnemonic{"DSA", 3},
    Mnemonic{"RSASHA1", 5},
    Mnemonic{"DSA-NSEC3-SHA1", 6},
    Mnemonic{"NSEC3DSA", 6},
    Mnemonic{"RSASHA1-NSEC3-SHA1", 7},
    Mnemonic{"NSEC3RSASHA1", 7},
    Mnemonic{"RSASHA256", 8},
    Mnemonic{"RSASHA512", 10},
    Mnemonic{"ECC-GOST", 12},
    Mnemonic{"ECDSAP256SHA256", 13},
    Mnemonic{"ECDSAP384SHA384", 14},
    Mnemonic{"ED25519", 15},
    Mnemonic{"ED448", 16},
    Mnemonic{"INDIRECT", 252},
    Mnemonic{"PRIVATEDNS", 253},
    Mnemonic{"PRIVATEOID", 254},
};

// IANA, "CERT Resource Record (RR) Certificate Types".
constexpr std::array kCertTypes = {
    Mnemonic{"PKIX", 1},  Mnemonic{"SPKI", 2},  Mnemonic{"PGP", 3},    Mnemonic{"IPKIX", 4},
    Mnemonic{"ISPKI", 5}, Mnemonic{"IPGP", 6},  Mnemonic{"ACPKIX", 7}, Mnemonic{"IACPKIX", 8},
    Mnemonic{"URI", 253}, Mnemonic{"OID", 254},
};

template <std::size_t kOctets, const auto& kMnemonics>
MaybeProblem parse_mnemonic(TokenReader& tokens, std::string& wire) {
  const std::string_view text = tokens.take().text;
  auto value = parse_decimal(text, kOctets == 1 ? 255 : 65535);
  for (const Mnemonic& mnemonic : kMnemonics) {
    if (equals_ignoring_case(mnemonic.text, text)) value = mnemonic.value;
  }
  if (!value) return Problem{{}, {}, "write its number, or its mnemonic in the IANA registry"};
  append_integer(*value, kOctets, wire);
  return std::nullopt;
}

}  // namespace

const FieldKind kTypeField{parse_type, measure_fixed<2>, format_type};
const FieldKind kTypeBitmapField{.parse = parse_bitmap,
                                 .measure = measure_bitmap,
                                 .format = format_bitmap,
                                 .may_be_empty = true};
const FieldKind kTimestampField{parse_timestamp, measure_fixed<4>, format_timestamp};
const FieldKind kAlgorithmField{parse_mnemonic<1, kAlgorithms>, measure_fixed<1>, format_number};
const FieldKind kCertTypeField{parse_mnemonic<2, kCertTypes>, measure_fixed<2>, format_number};

}  // namespace signpost::dns
