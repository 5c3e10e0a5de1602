// Whom the rules of a zone admit (config.proto, ZoneAccess).
#pragma once

#include <vector>

#include "dns/name.h"
#include "model/zone_access.h"
#include "server/slot_source.h"

namespace signpost::server {

// Whether any rule admits a request from `client`; `key`: that signed it, null if none did.
bool admits(const std::vector<model::AccessRule>& rules, const ClientAddress& client,
            const dns::Name* key);

}  // namespace signpost::server
