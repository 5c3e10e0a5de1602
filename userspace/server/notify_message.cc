#include "server/notify_message.h"

#include "dns/message_reader.h"
#include "dns/message_writer.h"
#include "dns/octets.h"

namespace signpost::server {
namespace {

constexpr unsigned kOpcodeNotify = 4;
constexpr unsigned kOpcodeShift = 11;
constexpr unsigned kAuthoritative = 0x0400;

}  // namespace

NotifyMessage make_notify(const model::Zone& zone, std::uint16_t id,
                          const std::optional<dns::TsigKey>& key, std::uint64_t now) {
  NotifyMessage message;
  message.id = id;
  message.key = key;
  std::string& octets = message.octets;
  dns::append_u16(octets, id);
  dns::append_u16(octets, kOpcodeNotify << kOpcodeShift | kAuthoritative);
  for (const unsigned records : {1, 1, 0, 0}) dns::append_u16(octets, records);
  octets += zone.apex.wire();
  dns::append_u16(octets, static_cast<std::uint16_t>(dns::RRType::kSoa));
  dns::append_u16(octets, dns::kClassIn);
  const model::RecordSet& soa = zone.group(zone.apex, dns::RRType::kSoa)->sets.front();
  dns::RecordWriter records(zone.apex, dns::Compression::kFull);
  records.add(std::nullopt, dns::RRType::kSoa, soa.ttl, soa.rdata.front());
  octets += records.octets();
  if (!key) return message;
  dns::TsigSigner signer(*key);
  dns::append_tsig(octets, signer, now);
  message.mac = signer.mac();
  return message;
}

std::optional<unsigned> rcode_of_reply(const NotifyMessage& sent, std::string_view message,
                                       std::uint64_t now) {
  const auto head = dns::read_message_head(message);
  if (!head.ok() || !head->response || head->id != sent.id || head->opcode != kOpcodeNotify)
    return std::nullopt;
  if (!sent.key) return head->rcode;
  dns::TsigReplyVerifier verifier(*sent.key, sent.mac);
  const auto records = dns::read_message_records(message, *head);
  const auto tsig = records.ok() ? dns::find_tsig(*records) : std::nullopt;
  // Who does not know the key can't sign that (RFC 8945 section 5.3.2).
  constexpr unsigned kRcodeNotAuth = 9;
  const bool says_unknown = tsig && tsig->mac.empty() && head->rcode == kRcodeNotAuth;
  if (!says_unknown && !verifier.accept(message, tsig, now)) return std::nullopt;
  return head->rcode;
}

}  // namespace signpost::server
