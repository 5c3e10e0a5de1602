// gdnsd's zone files: master files with records that plugins answer (gdnsd.zonefile(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/name.h"
#include "signpost/zone_file.h"

namespace signpost::cli::convert {

struct GdnsdRecord {
  dns::Name owner;
  bool may_be_cname = false;  // DYNC
  std::string resource;       // "PLUGIN!RESOURCE"
  std::uint32_t ttl = 0;
  std::optional<std::uint32_t> least_ttl;  // if it is written
  std::string place;                       // "FILE:LINE"
};

struct GdnsdZoneFile {
  dns::Name apex;
  ZoneFile file;  // the records that are none of plugins'
  std::vector<GdnsdRecord> dynamic;
};

// Reads the file of a zone, which is named as the zone. Records without a TTL, and no $TTL before
// them, have that of `default_ttl`.
absl::StatusOr<GdnsdZoneFile> read_gdnsd_zone(const std::string& path, std::uint32_t default_ttl);

}  // namespace signpost::cli::convert
