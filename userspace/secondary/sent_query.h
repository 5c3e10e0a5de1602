// The queries of a secondary to its primaries: for the SOA, and for transfers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/rr_type.h"
#include "dns/tsig.h"

namespace signpost::secondary {

// A query, and what its replies are known by.
struct SentQuery {
  dns::Name apex;      // folded
  dns::RRType type{};  // SOA, AXFR or IXFR
  std::uint16_t id = 0;
  std::string octets;
  std::optional<std::uint32_t> serial{};  // of the zone held, under IXFR
  std::optional<dns::TsigKey> key{};      // that it is signed with
  std::string mac{};
};

// `held`: the SOA of the zone as it is held, under IXFR (RFC 1995 section 3). `now`: seconds of
// Unix time.
SentQuery make_query(const dns::Name& apex, dns::RRType type, const std::optional<dns::Soa>& held,
                     const std::optional<dns::TsigKey>& key, std::uint64_t now);

}  // namespace signpost::secondary
