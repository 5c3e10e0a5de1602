#include "server/transfer_request.h"

#include <utility>

#include "dns/rdata.h"
#include "server/access.h"
#include "server/record_reader.h"

namespace signpost::server {
namespace {

using dns::RRType;

// The serial of the SOA that an IXFR query has in its authority section.
std::optional<std::uint32_t> client_serial(const Query& query, const dns::Name& qname) {
  std::size_t at = DNS_HEADER_OCTETS + query.question.size();
  while (at < query.message.size()) {
    const auto record = read_record(query.message, at);
    if (!record) return std::nullopt;
    at = record->end();
    const auto owner = read_name(query.message, record->owner_at);
    if (record->type != RRType::kSoa || !owner || !(*owner == qname)) continue;
    const auto rdata = expanded_rdata(query.message, *record);
    const absl::StatusOr<dns::Soa> soa =
        rdata ? dns::parse_soa(*rdata) : absl::InvalidArgumentError("");
    return soa.ok() ? std::optional(soa->serial) : std::nullopt;
  }
  return std::nullopt;
}

RRType type_of(const Query& query) { return static_cast<RRType>(query.fields.qtype); }

}  // namespace

bool asks_for_transfer(const Query& query) {
  const RRType type = type_of(query);
  return type == RRType::kAxfr || type == RRType::kIxfr;
}

std::variant<Rcode, std::unique_ptr<TransferRequest>> read_transfer(const Query& query,
                                                                    const ServedZonesPtr& zones,
                                                                    const ClientAddress& client,
                                                                    const Signature* signature) {
  const dns::Name apex = dns::Name::from_wire(query.qname()).value().folded();
  const model::ZonePtr* zone = zones->config.zones.find(apex);
  if (zone == nullptr) return Rcode::kNotAuth;
  auto request = std::make_unique<TransferRequest>();
  request->settings = zones->config.access_of(apex);
  const dns::Name* key = signature ? &signature->key() : nullptr;
  if (!request->settings || !admits(request->settings->transfer, client, key))
    return Rcode::kRefused;
  if (type_of(query) == RRType::kIxfr) {
    request->serial = client_serial(query, apex);
    if (!request->serial) return Rcode::kFormErr;
  }
  request->zones = zones;
  request->zone = *zone;
  request->client = client;
  request->id = query.fields.id;
  request->flags = query.fields.flags;
  request->question = as_text(query.question);
  request->has_opt = query.fields.has_opt;
  if (signature != nullptr) request->signer = signature->signer();
  return request;
}

}  // namespace signpost::server
