// The transaction signature (RFC 8945) of a request, and those of what replies to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dns/message_reader.h"
#include "dns/tsig.h"
#include "server/octets.h"
#include "server/record_reader.h"

namespace signpost::server {

// A TSIG record as it came, from one of the last records of a message. Nothing if it is malformed.
std::optional<dns::Tsig> tsig_of(Octets message, const Record& record);
std::optional<dns::Tsig> tsig_of(const dns::MessageRecord& record);

class Signature {
 public:
  // Of a message that ends with `tsig`. `keys` must outlive the signature; `now`: seconds of Unix
  // time.
  Signature(Octets message, dns::Tsig tsig, const dns::TsigKeys& keys, std::uint64_t now);

  bool is_good() const { return verdict_.error == dns::TsigError::kNone; }

  // The name of the key. Requires is_good().
  const dns::Name& key() const { return verdict_.key->name; }

  // Octets of the record that ends the reply.
  std::size_t reply_size() const;

  // The record that ends `reply`, whose ARCOUNT does not count it yet.
  std::string reply_record(Octets reply, std::uint64_t now) const;

  // Signs several messages that reply. Requires is_good().
  dns::TsigSigner signer() const { return dns::TsigSigner(*verdict_.key, tsig_.mac); }

 private:
  // Whether the reply has to be signed (section 5.3.2).
  bool signs_reply() const;

  dns::Tsig tsig_;
  dns::TsigVerdict verdict_;
};

}  // namespace signpost::server
