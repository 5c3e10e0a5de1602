#include "server/signature.h"

#include <utility>

namespace signpost::server {
namespace {

constexpr std::uint16_t kClassAny = 255;

}  // namespace

std::optional<dns::Tsig> tsig_of(Octets message, const Record& record) {
  const auto owner = read_name(message, record.owner_at);
  if (!owner || record.rclass != kClassAny || record.ttl != 0) return std::nullopt;
  const Octets rdata = message.subspan(record.rdata_at, record.rdata_size);
  return dns::read_tsig(*owner, as_text(rdata), record.owner_at);
}

std::optional<dns::Tsig> tsig_of(const dns::MessageRecord& record) {
  if (record.rclass != kClassAny || record.ttl != 0) return std::nullopt;
  return dns::read_tsig(record.owner, record.rdata, record.at);
}

Signature::Signature(Octets message, dns::Tsig tsig, const dns::TsigKeys& keys, std::uint64_t now)
    : tsig_(std::move(tsig)), verdict_(dns::verify_tsig(as_text(message), tsig_, keys, now)) {}

bool Signature::signs_reply() const {
  return verdict_.error != dns::TsigError::kBadKey && verdict_.error != dns::TsigError::kBadSig;
}

std::size_t Signature::reply_size() const {
  return signs_reply() ? dns::tsig_size(*verdict_.key, verdict_.error)
                       : dns::unsigned_tsig(tsig_, verdict_.error).size();
}

std::string Signature::reply_record(Octets reply, std::uint64_t now) const {
  if (!signs_reply()) return dns::unsigned_tsig(tsig_, verdict_.error);
  dns::TsigSigner signing = signer();
  return is_good() ? signing.record(as_text(reply), now)
                   : signing.error_record(as_text(reply), tsig_, verdict_.error, now);
}

}  // namespace signpost::server
