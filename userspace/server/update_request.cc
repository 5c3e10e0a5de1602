#include "server/update_request.h"

#include <utility>

#include "server/access.h"

namespace signpost::server {

std::variant<Rcode, std::unique_ptr<UpdateRequest>> read_update(
    const Query& query, const dns::Question& zone, dns::MessageRecords records,
    const ServedZonesPtr& zones, const Client& client, const Signature* signature) {
  if (zone.type != dns::RRType::kSoa || zone.qclass != dns::kClassIn) return Rcode::kFormErr;
  dns::Name apex = zone.name.folded();
  if (zones->config.zones.find(apex) == nullptr) return Rcode::kNotAuth;
  const model::ZoneAccessPtr access = zones->config.access_of(apex);
  // Addresses can be forged, over UDP at least.
  if (signature == nullptr || !access) return Rcode::kRefused;
  const Requester requester{client.address, &signature->key(), client.transport == Transport::kTls};
  if (!admits(access->update, requester)) return Rcode::kRefused;
  return std::make_unique<UpdateRequest>(
      UpdateRequest{.id = query.header.id,
                    .flags = query.header.flags,
                    .question = std::string(as_text(query.question)),
                    .has_opt = query.fields.has_opt != 0,
                    .zones = zones,
                    .signature = *signature,
                    .update = {.apex = std::move(apex),
                               .key = signature->key(),
                               .prerequisites = std::move(records.answers),
                               .updates = std::move(records.authorities)}});
}

}  // namespace signpost::server
