#include "control/access/tls_port.h"

#include <arpa/inet.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/openssl_error.h"
#include "base/status.h"

namespace signpost::control {
namespace {

constexpr int kBacklog = 64;

template <typename Object, void (*free)(Object*)>
struct Free {
  void operator()(Object* object) const { free(object); }
};
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX, SSL_CTX_free>>;
using Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using File = std::unique_ptr<BIO, Free<BIO, BIO_free_all>>;

absl::Status check_dates(const std::string& flag, const std::string& file) {
  const File in(BIO_new_file(file.c_str(), "r"));
  const Certificate certificate(
      in == nullptr ? nullptr : PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) return invalid_argument(flag, " ", file, ": ", openssl_error());
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) < 0)
    return invalid_argument(flag, " ", file, ": the certificate has expired");
  if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0)
    return invalid_argument(flag, " ", file, ": the certificate is not valid yet");
  return absl::OkStatus();
}

// The socket address of an IPv4 or IPv6 address as text; 0 octets for anything else.
socklen_t to_socket_address(const std::string& text, std::uint16_t port, sockaddr_storage& out) {
  auto& four = reinterpret_cast<sockaddr_in&>(out);
  if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    return sizeof(four);
  }
  auto& six = reinterpret_cast<sockaddr_in6&>(out);
  if (inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    return sizeof(six);
  }
  return 0;
}

}  // namespace

absl::Status check_files(const TlsPortOptions& options) {
  ERR_clear_error();
  const Context context(SSL_CTX_new(TLS_server_method()));
  if (SSL_CTX_use_certificate_chain_file(context.get(), options.certificate.c_str()) != 1)
    return invalid_argument("--grpc-cert ", options.certificate, ": ", openssl_error());
  // Fails for a key of another certificate, too.
  if (SSL_CTX_use_PrivateKey_file(context.get(), options.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return invalid_argument("--grpc-key ", options.key, ": ", openssl_error());
  if (SSL_CTX_load_verify_file(context.get(), options.client_authority.c_str()) != 1)
    return invalid_argument("--grpc-client-ca ", options.client_authority, ": ", openssl_error());
  RETURN_IF_ERROR(check_dates("--grpc-cert", options.certificate));
  return check_dates("--grpc-client-ca", options.client_authority);
}

std::shared_ptr<grpc::ServerCredentials> server_credentials(const TlsPortOptions& options) {
  namespace tls = grpc::experimental;
  tls::TlsServerCredentialsOptions settings(std::make_shared<tls::FileWatcherCertificateProvider>(
      options.key, options.certificate, options.client_authority,
      static_cast<unsigned>(options.reload.count())));
  settings.watch_root_certs();
  settings.watch_identity_key_cert_pairs();
  settings.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return tls::TlsServerCredentials(settings);
}

absl::StatusOr<int> listen_at(const TlsPortOptions& options) {
  sockaddr_storage address{};
  const socklen_t size = to_socket_address(options.address, options.port, address);
  if (size == 0)
    return invalid_argument("--grpc-listen: \"", options.address, "\" is no IP address");
  const int listener =
      ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));  // connections inherit it
  if (listener >= 0 && ::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
      ::listen(listener, kBacklog) == 0)
    return listener;
  const int error = errno;
  if (listener >= 0) ::close(listener);
  return unavailable("--grpc-listen: can't listen on ", options.address, " port ", options.port,
                     ": ", std::strerror(error));
}

absl::StatusOr<std::chrono::system_clock::time_point> expiry_of(const std::string& file) {
  const File in(BIO_new_file(file.c_str(), "r"));
  const Certificate certificate(
      in == nullptr ? nullptr : PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  std::tm expiry{};
  if (certificate == nullptr ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &expiry) != 1) {
    ERR_clear_error();
    return not_found(file, " holds no certificate");
  }
  return std::chrono::system_clock::from_time_t(::timegm(&expiry));
}

std::string address_at(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  char text[INET6_ADDRSTRLEN] = "";
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return text;
  if (address.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in&>(address).sin_addr, text, sizeof(text));
  } else if (address.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6&>(address).sin6_addr, text, sizeof(text));
  }
  return text;
}

}  // namespace signpost::control
