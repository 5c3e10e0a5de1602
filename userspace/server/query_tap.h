// Whoever is shown the queries that the server receives, and its replies.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "server/octets.h"
#include "server/responder.h"
#include "server/slot_source.h"

namespace signpost::server {

// An address as ClientAddress has it, and a port.
struct TappedSocket {
  ClientAddress address{};
  std::uint16_t port = 0;
};

// A query and its reply, whole DNS messages; valid during the call alone.
struct Tapped {
  std::uint32_t stands_for = 1;  // so many queries, of which it was taken as a sample
  Transport transport = Transport::kUdp;
  TappedSocket client;
  std::optional<TappedSocket> server;  // where known: what was asked
  std::chrono::system_clock::time_point received;
  std::chrono::system_clock::time_point answered;
  Octets query;
  Octets reply;  // empty: there was none
};

class QueryTap {
 public:
  virtual ~QueryTap() = default;

  // Whether anybody looks now; nothing has to be shown to nobody.
  virtual bool is_watched() const noexcept { return true; }

  // Called by all threads of the server, which wait for it: it must be short, and must not throw.
  virtual void show(const Tapped& tapped) noexcept = 0;
};

}  // namespace signpost::server
