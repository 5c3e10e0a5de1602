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

// Why `rules` do not let the client have the zone, if they do not. Who would be admitted in another
// way is told so.
std::optional<TransferRefusal> refusal_of(const std::vector<model::AccessRule>& rules,
                                          const Client& client, const dns::Name* key) {
  const bool over_tls = client.transport == Transport::kTls;
  if (!admits(rules, {client.address, key, over_tls})) {
    const bool would_be = admits(rules, {client.address, key, true});
    return TransferRefusal{.text = would_be ? "ask over TLS" : ""};
  }
  if (over_tls && !client.may_transfer_over_tls)
    return TransferRefusal{.text = "use TLS 1.3 and ALPN dot"};
  return std::nullopt;
}

RRType type_of(const Query& query) { return static_cast<RRType>(query.fields.qtype); }

}  // namespace

bool asks_for_transfer(const Query& query) {
  const RRType type = type_of(query);
  return type == RRType::kAxfr || type == RRType::kIxfr;
}

std::variant<TransferRefusal, std::unique_ptr<TransferRequest>> read_transfer(
    const Query& query, const ServedZonesPtr& zones, const Client& client,
    const Signature* signature) {
  const dns::Name apex = dns::Name::from_wire(query.qname()).value().folded();
  const model::ZonePtr* zone = zones->config.zones.find(apex);
  if (zone == nullptr) return TransferRefusal{Rcode::kNotAuth};
  auto request = std::make_unique<TransferRequest>();
  request->settings = zones->config.access_of(apex);
  const dns::Name* key = signature ? &signature->key() : nullptr;
  if (!request->settings) return TransferRefusal{};
  if (const auto refusal = refusal_of(request->settings->transfer, client, key)) return *refusal;
  if (!(*zone)->has_records()) return TransferRefusal{Rcode::kServFail};
  if (type_of(query) == RRType::kIxfr) {
    request->serial = client_serial(query, apex);
    if (!request->serial) return TransferRefusal{Rcode::kFormErr};
  }
  request->zones = zones;
  request->zone = *zone;
  request->client = client.address;
  request->id = query.header.id;
  request->flags = query.header.flags;
  request->question = as_text(query.question);
  request->has_opt = query.fields.has_opt;
  if (signature != nullptr) request->signer = signature->signer();
  return request;
}

}  // namespace signpost::server
