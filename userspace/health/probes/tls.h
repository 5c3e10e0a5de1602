// TLS of probes: contexts, sessions to resume, and what certificates say.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "model/health_check.h"

namespace signpost::health {

// The last TLS session of a check, which its next probe resumes. Sessions of which the full
// handshake lies more than ten minutes back are not, so that a new certificate is seen in time.
class TlsSessions {
 public:
  // A session to resume, or null. The caller owns a reference.
  SSL_SESSION* take();
  // Keeps a reference of its own.
  void put(SSL_SESSION* session);
  // After a failed handshake.
  void clear();

 private:
  struct Free {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  };
  std::unique_ptr<SSL_SESSION, Free> session_;
  std::chrono::steady_clock::time_point begun_;
};

// The client contexts of all probes; one trusts everybody, one the authorities of this host.
class TlsContexts {
 public:
  // Made at the first use.
  boost::asio::ssl::context& get(bool verify);

 private:
  std::mutex mutex_;
  std::unique_ptr<boost::asio::ssl::context> trusting_;
  std::unique_ptr<boost::asio::ssl::context> verifying_;
};

// Sets server name, name or address to verify, and session before a handshake. `sessions` may be
// null and must outlive `ssl` otherwise.
void prepare_tls(SSL* ssl, const model::ProbeTarget& target, const model::TlsOptions& options,
                 TlsSessions* sessions);

// Whether prepare_tls() has the server told the name of the target.
bool tells_name(const model::ProbeTarget& target, const model::TlsOptions& options);

// Whether the handshake of `ssl`, which ended with `error` or without one, showed a certificate
// that does not have `name`.
bool lacks_name(SSL* ssl, bool error, const std::string& name);

// Why the handshake of `ssl` failed, in words: what is wrong with the certificate, or `error`.
std::string tls_failure_text(SSL* ssl, const std::string& error);

// "TLSv1.3, TLS_AES_256_GCM_SHA384, resumed".
std::string tls_text(SSL* ssl);

// Of the certificate that the server showed.
struct CertificateInfo {
  std::string subject;
  std::chrono::system_clock::time_point expires;
};
std::optional<CertificateInfo> certificate_of(SSL* ssl);

// Of the first certificate in PEM.
std::optional<CertificateInfo> certificate_of(std::string_view pem);

}  // namespace signpost::health
