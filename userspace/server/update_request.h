// Requests for a dynamic update (RFC 2136).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "dns/message_reader.h"
#include "server/client.h"
#include "server/live_zones.h"
#include "server/query.h"
#include "server/signature.h"
#include "server/zone_backend.h"

namespace signpost::server {

// One whose sender may make it; holds all that the reply takes.
struct UpdateRequest {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;  // second word of the message's header
  std::string question;     // the zone section, as received
  bool has_opt = false;
  ServedZonesPtr zones;  // that the signature's key belongs to
  Signature signature;
  ZoneUpdate update;
};

// The request in a message, of which `query` has the parts that a reply takes; or why it is
// refused: FORMERR where the zone section names no zone (section 3.1.1), NOTAUTH where it is not
// held, REFUSED where the client may not change it. `signature`: of the message, good; null: it is
// not signed.
std::variant<Rcode, std::unique_ptr<UpdateRequest>> read_update(
    const Query& query, const dns::Question& zone, dns::MessageRecords records,
    const ServedZonesPtr& zones, const Client& client, const Signature* signature);

}  // namespace signpost::server
