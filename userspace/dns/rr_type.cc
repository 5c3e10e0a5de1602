#include "dns/rr_type.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "dns/text.h"

namespace signpost::dns {
namespace {

struct Mnemonic {
  std::uint16_t type;
  std::string_view text;
};

// IANA, "Domain Name System (DNS) Parameters", resource record types; in ascending order of type.
constexpr std::array kMnemonics = {
    Mnemonic{1, "A"},          Mnemonic{2, "NS"},        Mnemonic{3, "MD"},
    Mnemonic{4, "MF"},         Mnemonic{5, "CNAME"},     Mnemonic{6, "SOA"},
    Mnemonic{7, "MB"},         Mnemonic{8, "MG"},        Mnemonic{9, "MR"},
    Mnemonic{10, "NULL"},      Mnemonic{11, "WKS"},      Mnemonic{12, "PTR"},
    Mnemonic{13, "HINFO"},     Mnemonic{14, "MINFO"},    Mnemonic{15, "MX"},
    Mnemonic{16, "TXT"},       Mnemonic{17, "RP"},       Mnemonic{18, "AFSDB"},
    Mnemonic{19, "X25"},       Mnemonic{20, "ISDN"},     Mnemonic{21, "RT"},
    Mnemonic{22, "NSAP"},      Mnemonic{23, "NSAP-PTR"}, Mnemonic{24, "SIG"},
    Mnemonic{25, "KEY"},       Mnemonic{26, "PX"},       Mnemonic{27, "GPOS"},
    Mnemonic{28, "AAAA"},      Mnemonic{29, "LOC"},      Mnemonic{30, "NXT"},
    Mnemonic{31, "EID"},       Mnemonic{32, "NIMLOC"},   Mnemonic{33, "SRV"},
    Mnemonic{34, "ATMA"},      Mnemonic{35, "NAPTR"},    Mnemonic{36, "KX"},
    Mnemonic{37, "CERT"},      Mnemonic{38, "A6"},       Mnemonic{39, "DNAME"},
    Mnemonic{40, "SINK"},      Mnemonic{41, "OPT"},      Mnemonic{42, "APL"},
    Mnemonic{43, "DS"},        Mnemonic{44, "SSHFP"},    Mnemonic{45, "IPSECKEY"},
    Mnemonic{46, "RRSIG"},     Mnemonic{47, "NSEC"},     Mnemonic{48, "DNSKEY"},
    Mnemonic{49, "DHCID"},     Mnemonic{50, "NSEC3"},    Mnemonic{51, "NSEC3PARAM"},
    Mnemonic{52, "TLSA"},      Mnemonic{53, "SMIMEA"},   Mnemonic{55, "HIP"},
    Mnemonic{56, "NINFO"},     Mnemonic{57, "RKEY"},     Mnemonic{58, "TALINK"},
    Mnemonic{59, "CDS"},       Mnemonic{60, "CDNSKEY"},  Mnemonic{61, "OPENPGPKEY"},
    Mnemonic{62, "CSYNC"},     Mnemonic{63, "ZONEMD"},   Mnemonic{64, "SVCB"},
    Mnemonic{65, "HTTPS"},     Mnemonic{66, "DSYNC"},    Mnemonic{99, "SPF"},
    Mnemonic{104, "NID"},      Mnemonic{105, "L32"},     Mnemonic{106, "L64"},
    Mnemonic{107, "LP"},       Mnemonic{108, "EUI48"},   Mnemonic{109, "EUI64"},
    Mnemonic{128, "NXNAME"},   Mnemonic{249, "TKEY"},    Mnemonic{250, "TSIG"},
    Mnemonic{251, "IXFR"},     Mnemonic{252, "AXFR"},    Mnemonic{253, "MAILB"},
    Mnemonic{254, "MAILA"},    Mnemonic{255, "ANY"},     Mnemonic{256, "URI"},
    Mnemonic{257, "CAA"},      Mnemonic{258, "AVC"},     Mnemonic{259, "DOA"},
    Mnemonic{260, "AMTRELAY"}, Mnemonic{261, "RESINFO"}, Mnemonic{262, "WALLET"},
    Mnemonic{32768, "TA"},     Mnemonic{32769, "DLV"},
};
static_assert(std::ranges::is_sorted(kMnemonics, {}, &Mnemonic::type));

}  // namespace

std::string to_text(RRType type) {
  const auto value = static_cast<std::uint16_t>(type);
  const auto at = std::ranges::lower_bound(kMnemonics, value, {}, &Mnemonic::type);
  if (at != kMnemonics.end() && at->type == value) return std::string(at->text);
  return absl::StrCat("TYPE", value);
}

std::optional<RRType> parse_rr_type(std::string_view text) {
  for (const Mnemonic& mnemonic : kMnemonics) {
    if (equals_ignoring_case(mnemonic.text, text)) return static_cast<RRType>(mnemonic.type);
  }
  if (text.size() < 5 || !equals_ignoring_case(text.substr(0, 4), "TYPE")) return std::nullopt;
  const auto value = parse_decimal(text.substr(4), 65535);
  if (!value) return std::nullopt;
  return static_cast<RRType>(*value);
}

bool is_meta_type(RRType type) {
  const auto value = static_cast<std::uint16_t>(type);
  return type == RRType::kOpt || (value >= 128 && value <= 255);
}

}  // namespace signpost::dns
