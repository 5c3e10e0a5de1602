// Zones that are copied from other servers (RFC 1034 section 4.3.5).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dns/name.h"
#include "model/zone_access.h"

namespace signpost::model {

// A server that has the zone to give.
struct Primary {
  std::string address;
  std::uint16_t port = kDnsPort;
  std::optional<dns::Name> key{};  // folded; that both sides sign with
  friend bool operator==(const Primary&, const Primary&) = default;
};

struct SecondaryZone {
  dns::Name zone;                   // folded
  std::vector<Primary> primaries;   // at least one, in the order in which they are asked
  std::uint32_t max_mebibytes = 0;  // of all records, uncompressed

  std::string key() const { return zone.text(); }
  friend bool operator==(const SecondaryZone&, const SecondaryZone&) = default;
};
using SecondaryZonePtr = std::shared_ptr<const SecondaryZone>;

}  // namespace signpost::model
