// What primaries say of zones that are copied from them (RFC 1996).
#pragma once

#include <string>
#include <variant>

#include "dns/message_reader.h"
#include "dns/name.h"
#include "server/live_zones.h"
#include "server/query.h"
#include "server/signature.h"
#include "server/slot_source.h"

namespace signpost::server {

// A zone that one of its primaries says has changed.
struct NotifyReceipt {
  dns::Name apex;       // folded
  std::string primary;  // its address, as configured
};

// Of the question of a NOTIFY; or why it is refused: FORMERR where that is not for an SOA, NOTAUTH
// where the zone is not copied from anybody, REFUSED where the client is none of its primaries, or
// the message lacks the signature that it is to have. `signature`: of the message, good; null: it
// is not signed.
std::variant<Rcode, NotifyReceipt> read_notify(const dns::Question& question,
                                               const ServedZones& zones,
                                               const ClientAddress& client,
                                               const Signature* signature);

}  // namespace signpost::server
