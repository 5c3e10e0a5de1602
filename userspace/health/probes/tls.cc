#include "health/probes/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/certificate.h"

namespace signpost::health {

namespace ssl = boost::asio::ssl;

namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr std::chrono::minutes kFullHandshakeEvery{10};

// The place of a TlsSessions* in an SSL.
int sessions_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// TLS 1.3 hands sessions out after the handshake.
int on_new_session(SSL* ssl, SSL_SESSION* session) {
  auto* sessions = static_cast<TlsSessions*>(SSL_get_ex_data(ssl, sessions_index()));
  if (sessions != nullptr) sessions->put(session);
  return 0;  // put() took a reference of its own
}

std::unique_ptr<ssl::context> make_context(bool verify) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
  boost::system::error_code ignored;  // without any authority nothing verifies, which is told then
  if (verify) context->set_default_verify_paths(ignored);
  context->set_verify_mode(verify ? ssl::verify_peer : ssl::verify_none, ignored);
  SSL_CTX_set_session_cache_mode(context->native_handle(),
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_read_ahead(context->native_handle(), 1);  // a record by one system call, not two
  // A server that closes a kept connection without a word must not cost the session.
  SSL_CTX_set_options(context->native_handle(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_sess_set_new_cb(context->native_handle(), &on_new_session);
  return context;
}

bool is_address(const std::string& text) {
  unsigned char octets[16];
  return inet_pton(AF_INET, text.c_str(), octets) == 1 ||
         inet_pton(AF_INET6, text.c_str(), octets) == 1;
}

bool has_name(const model::ProbeTarget& target) {
  return !target.host.empty() && !is_address(target.host);
}

std::optional<CertificateInfo> info_of(X509* certificate) {
  if (certificate == nullptr) return std::nullopt;
  const auto expires = tls::expiry_of(*certificate);
  if (!expires) return std::nullopt;
  CertificateInfo info{"", *expires};
  const BioPtr text(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
  char* octets = nullptr;
  const long size = BIO_get_mem_data(text.get(), &octets);
  info.subject.assign(octets, static_cast<std::size_t>(size));
  return info;
}

}  // namespace

SSL_SESSION* TlsSessions::take() {
  if (std::chrono::steady_clock::now() - begun_ > kFullHandshakeEvery) clear();
  if (session_ == nullptr || SSL_SESSION_is_resumable(session_.get()) == 0) return nullptr;
  SSL_SESSION_up_ref(session_.get());
  return session_.get();
}

void TlsSessions::put(SSL_SESSION* session) {
  if (session_ == nullptr) begun_ = std::chrono::steady_clock::now();
  SSL_SESSION_up_ref(session);
  session_.reset(session);
}

void TlsSessions::clear() { session_.reset(); }

ssl::context& TlsContexts::get(bool verify) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<ssl::context>& context = verify ? verifying_ : trusting_;
  if (context == nullptr) context = make_context(verify);
  return *context;
}

void prepare_tls(SSL* ssl, const model::ProbeTarget& target, const model::TlsOptions& options,
                 TlsSessions* sessions) {
  const bool named = has_name(target);
  if (tells_name(target, options)) SSL_set_tlsext_host_name(ssl, target.host.c_str());
  if (options.verify_certificate && named) SSL_set1_host(ssl, target.host.c_str());
  if (options.verify_certificate && !named)
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), target.address.c_str());
  if (sessions == nullptr) return;
  SSL_set_ex_data(ssl, sessions_index(), sessions);
  if (SSL_SESSION* session = sessions->take()) {
    SSL_set_session(ssl, session);
    SSL_SESSION_free(session);
  }
}

bool tells_name(const model::ProbeTarget& target, const model::TlsOptions& options) {
  return has_name(target) && options.enable_sni;
}

bool lacks_name(SSL* ssl, bool error, const std::string& name) {
  if (error) return SSL_get_verify_result(ssl) == X509_V_ERR_HOSTNAME_MISMATCH;
  X509* const certificate = SSL_get0_peer_certificate(ssl);
  return certificate != nullptr &&
         X509_check_host(certificate, name.data(), name.size(), 0, nullptr) != 1;
}

std::string tls_failure_text(SSL* ssl, const std::string& error) {
  const long verdict = SSL_get_verify_result(ssl);
  if (verdict == X509_V_OK) return error;
  return std::string("its certificate is not accepted: ") + X509_verify_cert_error_string(verdict);
}

std::string tls_text(SSL* ssl) {
  const char* cipher = SSL_get_cipher_name(ssl);
  return std::string(SSL_get_version(ssl)) + ", " + (cipher == nullptr ? "no cipher" : cipher) +
         (SSL_session_reused(ssl) == 1 ? ", resumed" : "");
}

std::optional<CertificateInfo> certificate_of(SSL* ssl) {
  return info_of(SSL_get0_peer_certificate(ssl));
}

std::optional<CertificateInfo> certificate_of(std::string_view pem) {
  const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr), &X509_free);
  return info_of(certificate.get());
}

}  // namespace signpost::health
