// What a primary sends of a zone (RFC 5936, RFC 1995).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dns/message_reader.h"
#include "dns/name.h"
#include "dns/rdata.h"

namespace signpost::secondary {

// What came between two serials, without the SOA records.
struct Difference {
  std::vector<dns::MessageRecord> removed;
  std::vector<dns::MessageRecord> added;
};

enum class TransferKind {
  kUpToDate,     // the zone held is the newest
  kIncremental,  // `differences`, in their order
  kWhole,        // `records`
};

struct Transfer {
  dns::Name apex;       // folded
  std::string primary;  // its address
  TransferKind kind = TransferKind::kUpToDate;
  std::uint32_t from_serial = 0;              // that the differences begin with
  dns::MessageRecord soa{};                   // of the zone afterwards
  std::vector<dns::MessageRecord> records{};  // all but the SOA
  std::vector<Difference> differences{};
  // Records that are none of the zone's names, or that a signer of DNSSEC made of the others: the
  // zone goes without.
  std::size_t left_out = 0;
};

}  // namespace signpost::secondary
