// Requests for the transfer of a zone: AXFR (RFC 5936) and IXFR (RFC 1995).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "dns/tsig.h"
#include "model/config.h"
#include "server/client.h"
#include "server/live_zones.h"
#include "server/query.h"
#include "server/signature.h"

namespace signpost::server {

// One that is to be answered; holds all that it takes.
struct TransferRequest {
  ServedZonesPtr zones;
  model::ZonePtr zone;
  model::ZoneAccessPtr settings;
  ClientAddress client{};
  std::uint16_t id = 0;
  std::uint16_t flags = 0;  // second word of the query's header
  std::string question;     // as received
  bool has_opt = false;
  bool pads = false;                      // replies are to be padded (RFC 7830)
  std::optional<std::uint32_t> serial;    // what the client has, under IXFR
  std::optional<dns::TsigSigner> signer;  // of the reply, if the query is signed
};

// Whether a query is for a transfer.
bool asks_for_transfer(const Query& query);

// Why it is refused: NOTAUTH where the zone is not held, REFUSED where the client may not have it
// or not in this way, SERVFAIL where it waits for a transfer itself, FORMERR for IXFR that does not
// tell what the client has.
struct TransferRefusal {
  Rcode rcode = Rcode::kRefused;
  std::string_view text{};  // what the client should do instead, if anything
};

// The request in a well-formed query. `signature`: of the query, good; null: it is not signed.
std::variant<TransferRefusal, std::unique_ptr<TransferRequest>> read_transfer(
    const Query& query, const ServedZonesPtr& zones, const Client& client,
    const Signature* signature);

}  // namespace signpost::server
