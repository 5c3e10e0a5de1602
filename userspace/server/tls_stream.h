// TLS over the socket of a connection.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/socket_bio.h"
#include "server/stream.h"
#include "server/tally.h"
#include "server/tls_context.h"

namespace signpost::server {

// What handshakes came to.
enum class TlsHandshake {
  kFull,
  kResumed,     // of a session before
  kClosed,      // the client left
  kUnfinished,  // nothing came, or too slowly, or others needed the room
  kVersion,     // no common version, or what came is not TLS
  kCipher,      // no common cipher, group or signature algorithm
  kAlpn,        // the client speaks another protocol over TLS
  kAlert,       // the client gave up, for instance because of the certificate
  kMalformed,
};
// By TlsHandshake: the label of metrics.
inline constexpr std::array<std::string_view, 9> kTlsHandshakeLabels = {
    "full", "resumed", "closed", "unfinished", "version", "cipher", "alpn", "alert", "malformed"};
using TlsHandshakeTallies = std::array<Tally, kTlsHandshakeLabels.size()>;

// Shakes hands on the way to the first octets. Idle, it holds no buffers: a stream of Asio would
// hold 70 KiB.
class TlsStream final : public Stream {
 public:
  // `tallies`, of the thread, must outlive it. Throws std::bad_alloc.
  TlsStream(const TlsContext& context, int socket, TlsHandshakeTallies& tallies);

  void begin_turn() override { socket_.begin_turn(); }
  StreamStep read(std::span<std::uint8_t> into) override;
  StreamStep write(Octets from) override;
  bool holds_octets() const override { return SSL_has_pending(ssl_.get()) == 1; }
  bool suits_transfers_over_tls() const override;
  void end() override;

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  // What a call of OpenSSL with this result came to.
  StreamStep step_of(int result, std::size_t octets);
  // Counts the handshake, once.
  void note(TlsHandshake handshake);
  TlsHandshake failure() const;

  tls::SocketState socket_;
  std::unique_ptr<SSL, Free> ssl_;
  TlsHandshakeTallies& tallies_;
  bool counted_ = false;
  bool broken_ = false;  // nothing may be sent any more
};

}  // namespace signpost::server
