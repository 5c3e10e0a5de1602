#include "upstream/query.h"

#include <unistd.h>

#include <cstdlib>

#include "dns/header_flags.h"
#include "dns/octets.h"
#include "dns/text.h"

namespace signpost::upstream {
namespace {

constexpr std::uint16_t kDnssecOk = 0x8000;  // in the second half of OPT's TTL
constexpr std::uint16_t kUdpSize = 1232;     // passes without fragments nearly everywhere
constexpr unsigned kOpcodeQuery = 0;

// Length octets are below 64 and so never letters: the whole wire form may be gone through.
dns::Name with_random_case(const dns::Name& name, const QuerySecret& secret) {
  std::string wire(name.wire());
  for (std::size_t i = 0; i < wire.size(); ++i) {
    if (dns::is_letter(wire[i]) && (secret[2 + i / 8] >> i % 8 & 1) != 0) wire[i] ^= 0x20;
  }
  return dns::Name::from_wire(wire).value();
}

}  // namespace

QuerySecret random_secret() {
  QuerySecret secret;
  // Cannot fail for so few octets on the kernels we run on; guessable ids are no way to go on.
  if (::getentropy(secret.data(), secret.size()) != 0) std::abort();
  return secret;
}

Query make_query(const Target& target, const QuerySecret& secret, const QueryFlags& flags) {
  Query query;
  query.id = static_cast<std::uint16_t>(secret[0] << 8 | secret[1]);
  query.name = with_random_case(target.name, secret);
  query.type = target.type;
  dns::append_u16(query.octets, query.id);
  dns::append_u16(query.octets,
                  dns::kRecursionDesired | (flags.checking_disabled ? dns::kCheckingDisabled : 0u));
  for (const unsigned records : {1, 0, 0, 1}) dns::append_u16(query.octets, records);
  query.octets += query.name.wire();
  dns::append_u16(query.octets, static_cast<unsigned>(query.type));
  dns::append_u16(query.octets, dns::kClassIn);
  query.octets += '\0';  // OPT (RFC 6891 section 6.1.2): owner, type, size, flags, no options
  dns::append_u16(query.octets, static_cast<unsigned>(dns::RRType::kOpt));
  dns::append_u16(query.octets, kUdpSize);
  for (const unsigned field : {0u, flags.dnssec_ok ? kDnssecOk : 0u, 0u})
    dns::append_u16(query.octets, field);
  return query;
}

bool is_reply_to(const Query& query, const dns::MessageHead& head) {
  return head.response && head.id == query.id && head.opcode == kOpcodeQuery &&
         head.question.name.wire() == query.name.wire() && head.question.type == query.type &&
         head.question.qclass == dns::kClassIn;
}

}  // namespace signpost::upstream
