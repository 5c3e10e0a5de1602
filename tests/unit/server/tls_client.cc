#include "tests/unit/server/tls_client.h"

#include <openssl/pem.h>
#include <signal.h>

#include <utility>

namespace signpost::testing {

TlsClient::TlsClient(ClientSocket socket, const Options& options)
    : socket_(std::move(socket)), context_(SSL_CTX_new(TLS_client_method())) {
  // OpenSSL writes to a socket that the server has closed.
  signal(SIGPIPE, SIG_IGN);
  // Level 0 has versions that are no longer fit for use.
  SSL_CTX_set_security_level(context_.get(), 0);
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context_.get(), options.version_max);
  ssl_.reset(SSL_new(context_.get()));
  if (!options.ciphers.empty()) SSL_set_cipher_list(ssl_.get(), options.ciphers.c_str());
  if (!options.alpn.empty()) {
    const std::string list = static_cast<char>(options.alpn.size()) + options.alpn;
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned>(list.size()));
  }
  if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
  SSL_set_fd(ssl_.get(), socket_.descriptor());
  SSL_set_connect_state(ssl_.get());
}

bool TlsClient::is_served(const std::string& query) {
  return send(framed(query)) && !receive_framed().empty();
}

bool TlsClient::send(const std::string& octets) {
  return SSL_write(ssl_.get(), octets.data(), static_cast<int>(octets.size())) ==
         static_cast<int>(octets.size());
}

std::string TlsClient::receive(std::size_t size) {
  std::string octets(size, '\0');
  std::size_t received = 0;
  while (received < size) {
    std::size_t some = 0;
    if (SSL_read_ex(ssl_.get(), &octets[received], size - received, &some) != 1) break;
    received += some;
  }
  octets.resize(received);
  return octets;
}

std::string TlsClient::receive_framed() {
  const std::string length = receive(2);
  if (length.size() != 2) return {};
  return receive(length_in(length));
}

bool TlsClient::is_told_the_end() {
  char octet = 0;
  const int result = SSL_read(ssl_.get(), &octet, 1);
  return SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN;
}

std::string TlsClient::alpn() const {
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
  return {reinterpret_cast<const char*>(protocol), size};
}

std::string TlsClient::certificate() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(text.get(), SSL_get0_peer_certificate(ssl_.get()));
  char* octets = nullptr;
  const long size = BIO_get_mem_data(text.get(), &octets);
  return {octets, static_cast<std::size_t>(size)};
}

}  // namespace signpost::testing
