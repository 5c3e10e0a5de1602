// The messages by which a server tells others that a zone changed (RFC 1996).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dns/tsig.h"
#include "model/config.h"

namespace signpost::server {

// A NOTIFY, and what its reply is known by.
struct NotifyMessage {
  std::string octets;
  std::uint16_t id = 0;
  std::optional<dns::TsigKey> key;  // that it is signed with
  std::string mac;
};

// Tells of the zone's present SOA. `now`: seconds of Unix time.
NotifyMessage make_notify(const model::Zone& zone, std::uint16_t id,
                          const std::optional<dns::TsigKey>& key, std::uint64_t now);

// The response code of the reply to `sent`, signed if that is; nothing if the message is not it.
std::optional<unsigned> rcode_of_reply(const NotifyMessage& sent, std::string_view message,
                                       std::uint64_t now);

}  // namespace signpost::server
