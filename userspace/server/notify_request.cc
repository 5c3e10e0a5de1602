#include "server/notify_request.h"

#include <algorithm>

#include "server/choice.h"

namespace signpost::server {

std::variant<Rcode, NotifyReceipt> read_notify(const dns::Question& question,
                                               const ServedZones& zones,
                                               const ClientAddress& client,
                                               const Signature* signature) {
  if (question.type != dns::RRType::kSoa || question.qclass != dns::kClassIn)
    return Rcode::kFormErr;
  dns::Name apex = question.name.folded();
  const model::SecondaryZonePtr* zone = zones.config.secondary_zones.find(apex.text());
  if (zone == nullptr) return Rcode::kNotAuth;
  const model::Prefix source = prefix_of(client);
  const std::vector<model::Primary>& primaries = (*zone)->primaries;
  const auto from =
      std::find_if(primaries.begin(), primaries.end(), [&](const model::Primary& primary) {
        const absl::StatusOr<model::Prefix> address = model::Prefix::parse(primary.address);
        const bool is_signed = !primary.key || (signature && signature->key() == *primary.key);
        return address.ok() && *address == source && is_signed;
      });
  if (from == primaries.end()) return Rcode::kRefused;
  return NotifyReceipt{std::move(apex), from->address};
}

}  // namespace signpost::server
