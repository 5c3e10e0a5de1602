// Whom the rules of a zone admit (config.proto, ZoneAccess).
#pragma once

#include <vector>

#include "dns/name.h"
#include "model/zone_access.h"
#include "server/slot_source.h"

namespace signpost::server {

// Who makes a request.
struct Requester {
  const ClientAddress& address;
  const dns::Name* key = nullptr;  // that signed it; null: none did
  bool over_tls = false;
};

bool admits(const std::vector<model::AccessRule>& rules, const Requester& requester);

}  // namespace signpost::server
