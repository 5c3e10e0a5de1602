// A client of DNS over TLS.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "tests/unit/server/client_socket.h"

namespace signpost::testing {

struct FreeTlsSession {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using TlsSession = std::unique_ptr<SSL_SESSION, FreeTlsSession>;

class TlsClient {
 public:
  struct Options {
    std::string alpn = "dot";  // empty: none
    int version_max = TLS1_3_VERSION;
    std::string ciphers{};           // of TLS 1.2; empty: those of OpenSSL
    SSL_SESSION* session = nullptr;  // to resume
  };

  // Begins nothing yet. Verifies no certificate.
  explicit TlsClient(ClientSocket socket) : TlsClient(std::move(socket), Options()) {}
  TlsClient(ClientSocket socket, const Options& options);

  bool shake_hands() { return SSL_connect(ssl_.get()) == 1; }
  // The same as `false` where the server gives up in TLS 1.3, too, which a client learns by
  // reading.
  bool is_served(const std::string& query);

  bool send(const std::string& octets);
  // As those of ClientSocket. The first one shakes hands.
  std::string receive(std::size_t size);
  std::string receive_framed();

  // Whether the server ended the connection by saying so.
  bool is_told_the_end();

  std::string alpn() const;
  std::string version() const { return SSL_get_version(ssl_.get()); }
  bool is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  // The server's certificate, in PEM.
  std::string certificate() const;
  // That may be resumed later, once replies have come.
  TlsSession session() const { return TlsSession(SSL_get1_session(ssl_.get())); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  ClientSocket socket_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace signpost::testing
