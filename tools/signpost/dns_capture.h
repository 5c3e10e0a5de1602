// DNS queries in captured packets.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::cli {

// One question and who asks.
struct CapturedQuery {
  std::string
      client;  // an address or, of a client subnet option (RFC 7871), a prefix; empty: not known
  dns::Name name;
  dns::RRType type{};
};

// The query in the octets of a UDP payload, which may be anything; nothing if they are none. A
// client subnet option stands for the client in place of `source`.
std::optional<CapturedQuery> read_query(std::string_view message, const std::string& source);

// The query in an IPv4 or IPv6 packet over UDP to port 53; nothing if it holds none. Fragments are
// passed over.
std::optional<CapturedQuery> read_packet(std::string_view packet);

// Gives the queries of a capture file (pcap or pcapng: Ethernet with VLAN tags, Linux cooked, raw
// IP) in order. Packets without a query are passed over.
absl::Status read_capture(const std::string& path,
                          const std::function<absl::Status(const CapturedQuery&)>& on_query);

// Whether a file begins as a capture does.
bool is_capture(std::string_view begin);

}  // namespace signpost::cli
