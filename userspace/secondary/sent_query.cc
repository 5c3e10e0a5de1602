#include "secondary/sent_query.h"

#include "dns/message_reader.h"
#include "dns/octets.h"
#include "upstream/query.h"

namespace signpost::secondary {
namespace {

// Nobody else may guess it.
std::uint16_t random_id() {
  const upstream::QuerySecret secret = upstream::random_secret();
  return static_cast<std::uint16_t>(secret[0] << 8 | secret[1]);
}

void append_soa(const dns::Name& apex, const dns::Soa& soa, std::string& octets) {
  const std::string rdata = soa.to_rdata();
  octets += apex.wire();
  dns::append_u16(octets, static_cast<std::uint16_t>(dns::RRType::kSoa));
  dns::append_u16(octets, dns::kClassIn);
  dns::append_u32(octets, 0);  // TTL
  dns::append_u16(octets, rdata.size());
  octets += rdata;
}

}  // namespace

SentQuery make_query(const dns::Name& apex, dns::RRType type, const std::optional<dns::Soa>& held,
                     const std::optional<dns::TsigKey>& key, std::uint64_t now) {
  SentQuery query{.apex = apex, .type = type, .id = random_id(), .octets = {}, .key = key};
  const bool tells_soa = type == dns::RRType::kIxfr && held;
  std::string& octets = query.octets;
  dns::append_u16(octets, query.id);
  dns::append_u16(octets, 0);
  for (const unsigned records : {1u, 0u, tells_soa ? 1u : 0u, 0u}) dns::append_u16(octets, records);
  octets += apex.wire();
  dns::append_u16(octets, static_cast<std::uint16_t>(type));
  dns::append_u16(octets, dns::kClassIn);
  if (tells_soa) {
    append_soa(apex, *held, octets);
    query.serial = held->serial;
  }
  if (!key) return query;
  dns::TsigSigner signer(*key);
  dns::append_tsig(octets, signer, now);
  query.mac = signer.mac();
  return query;
}

}  // namespace signpost::secondary
