// How OpenSSL reads from and writes to a socket that does not block.
#pragma once

#include <openssl/bio.h>

#include <cstddef>

namespace signpost::tls {

// What the BIO of a socket knows; must outlive it. OpenSSL may read for as long as the peer sends,
// without handing anything on (session tickets, requests for a handshake), so a peer that never
// stops is read in turns, between which others are served.
struct SocketState {
  static constexpr std::size_t kOctetsPerTurn = 32768;

  void begin_turn() { octets_left = kOctetsPerTurn; }

  int socket = -1;
  std::size_t octets_left = 0;  // of this turn
  int error = 0;                // errno of what failed
  bool ended = false;           // the peer closed
};

// A BIO for a socket that does not block, which it does not close. Writing to a peer that is gone
// raises no signal.
BIO* make_socket_bio(SocketState& state);

}  // namespace signpost::tls
