#include "server/tls_context.h"

#include <openssl/err.h>

#include <array>
#include <cstring>
#include <optional>

#include "base/certificate.h"
#include "base/status.h"

namespace signpost::server {
namespace {

// The protocol "dot" (RFC 7858 section 8.1 as IANA has it) in the form of ALPN.
constexpr std::array<unsigned char, 4> kDot = {3, 'd', 'o', 't'};

// Clients need not use ALPN; those that do, and do not offer DNS, do not mean us (RFC 7301 section
// 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  const int outcome =
      SSL_select_next_proto(&found, chosen_size, kDot.data(), kDot.size(), offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Nobody is there to type a pass phrase.
int no_pass_phrase(char*, int, int, void*) { return 0; }

void set_up(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Of TLS 1.2 only what has forward secrecy and authenticates what it encrypts (RFC 9325 section
  // 4.2).
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  // A client that closes without saying so loses nothing, as messages tell their length.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets alone
  SSL_CTX_set_read_ahead(context, 1);  // a record by one system call, not two
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, &no_pass_phrase);
}

// The reason for the failure of OpenSSL, or of the system below it.
std::string failure_text() {
  const unsigned long error = ERR_peek_error();
  if (ERR_SYSTEM_ERROR(error)) return std::strerror(ERR_GET_REASON(error));
  const char* reason = ERR_reason_error_string(error);
  return reason == nullptr ? "unknown error" : reason;
}

absl::Status unusable(const std::string& what, const std::string& file, const std::string& remedy) {
  return failed_precondition("cannot use the ", what, " ", file,
                             " for DNS over TLS: ", failure_text(), "; ", remedy);
}

}  // namespace

absl::StatusOr<TlsContext::Ptr> TlsContext::load(const std::string& certificate_file,
                                                 const std::string& key_file) {
  ERR_clear_error();
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return absl::ResourceExhaustedError("no memory for TLS");
  set_up(context.get());
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return unusable("certificate", certificate_file,
                    "it must be PEM that the daemon may read, the server's certificate first");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unusable("key", key_file,
                    "it must be the certificate's, in PEM without a pass phrase, and readable for "
                    "the daemon");
  }
  const auto expires = tls::expiry_of(*SSL_CTX_get0_certificate(context.get()));
  if (!expires)
    return failed_precondition("the certificate ", certificate_file, " does not say when it ends");
  return Ptr(new TlsContext(std::move(context), *expires));
}

}  // namespace signpost::server
