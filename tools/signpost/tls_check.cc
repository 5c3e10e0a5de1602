#include "signpost/tls_check.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/openssl_error.h"
#include "base/status.h"

namespace signpost::cli {
namespace {

constexpr timeval kPatience{.tv_sec = 10, .tv_usec = 0};
constexpr unsigned char kAlpn[] = {2, 'h', '2'};  // HTTP/2, RFC 9113 section 3.2

template <typename Object, void (*free)(Object*)>
struct Free {
  void operator()(Object* object) const { free(object); }
};
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX, SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Free<SSL, SSL_free>>;

struct Socket {
  int descriptor = -1;
  ~Socket() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

std::string name_of(const X509_NAME* name) {
  char text[256] = "";
  X509_NAME_oneline(name, text, sizeof(text));
  return text;
}

absl::Status load_own_certificate(SSL_CTX& context, const TlsFiles& files) {
  if (files.certificate.empty() && files.key.empty()) return absl::OkStatus();
  if (files.certificate.empty()) return invalid_argument("--cert: is missing beside --key");
  if (files.key.empty()) return invalid_argument("--key: is missing beside --cert");
  if (SSL_CTX_use_certificate_chain_file(&context, files.certificate.c_str()) != 1)
    return invalid_argument("--cert ", files.certificate, ": ", openssl_error());
  if (SSL_CTX_use_PrivateKey_file(&context, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return invalid_argument("--key ", files.key, ": ", openssl_error());
  const X509* own = SSL_CTX_get0_certificate(&context);
  if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0)
    return invalid_argument("--cert ", files.certificate, ": the certificate has expired");
  if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0)
    return invalid_argument("--cert ", files.certificate, ": the certificate is not valid yet");
  return absl::OkStatus();
}

absl::StatusOr<Context> load(const TlsFiles& files) {
  ERR_clear_error();
  if (files.authority.empty())
    return invalid_argument(
        "--ca: is missing; name the file of the authority that signed the "
        "server's certificate");
  Context context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_load_verify_file(context.get(), files.authority.c_str()) != 1)
    return invalid_argument("--ca ", files.authority, ": ", openssl_error());
  RETURN_IF_ERROR(load_own_certificate(*context, files));
  return context;
}

absl::Status connect_to(const ServerAddress& server, Socket& out) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(server.host.c_str(), server.port.c_str(), &hints, &found);
  if (failed != 0)
    return unavailable("cannot reach signpostd at ", server.target(), ": ", ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, Free<addrinfo, ::freeaddrinfo>> addresses(found);
  int error = 0;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    Socket socket{::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ::setsockopt(socket.descriptor, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
    ::setsockopt(socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
    if (::connect(socket.descriptor, each->ai_addr, each->ai_addrlen) == 0) {
      std::swap(out.descriptor, socket.descriptor);
      return absl::OkStatus();
    }
    error = errno == EINPROGRESS ? ETIMEDOUT : errno;
  }
  return unavailable("cannot reach signpostd at ", server.target(), ": ", std::strerror(error),
                     "; does it run with --grpc-listen?");
}

void expect_name(SSL& connection, const std::string& host) {
  unsigned char octets[sizeof(in6_addr)];
  const bool is_address = ::inet_pton(AF_INET, host.c_str(), octets) == 1 ||
                          ::inet_pton(AF_INET6, host.c_str(), octets) == 1;
  if (is_address) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&connection), host.c_str());
  } else {
    SSL_set1_host(&connection, host.c_str());
    SSL_set_tlsext_host_name(&connection, host.c_str());
  }
}

absl::Status server_not_accepted(const ServerAddress& server, const TlsFiles& files, long result) {
  const char* reason = X509_verify_cert_error_string(result);
  if (result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    return absl::UnauthenticatedError(
        absl::StrCat("the certificate of the server at ", server.target(), " is not for the name ",
                     server.host, "; use a name in it with --server"));
  }
  return absl::UnauthenticatedError(absl::StrCat(
      "the certificate of the server at ", server.target(), " is not accepted: ", reason, "; --ca ",
      files.authority, " has to hold the authority that signed it"));
}

// The server hangs up on clients that it does not accept, without a word.
absl::Status client_not_accepted(SSL& connection, const ServerAddress& server,
                                 const TlsFiles& files) {
  if (files.certificate.empty()) {
    return absl::UnauthenticatedError(absl::StrCat("the server at ", server.target(),
                                                   " wants a certificate: give --cert and --key"));
  }
  std::vector<std::string> accepted;
  const STACK_OF(X509_NAME)* names = SSL_get0_peer_CA_list(&connection);
  accepted.reserve(static_cast<std::size_t>(std::max(0, sk_X509_NAME_num(names))));
  for (int i = 0; i < sk_X509_NAME_num(names); ++i)
    accepted.push_back(name_of(sk_X509_NAME_value(names, i)));
  return absl::UnauthenticatedError(
      absl::StrCat("the server at ", server.target(), " does not accept --cert ", files.certificate,
                   ", signed by ", name_of(X509_get_issuer_name(SSL_get_certificate(&connection))),
                   "; it accepts certificates of ",
                   accepted.empty() ? "nobody it tells of" : absl::StrJoin(accepted, ", ")));
}

absl::Status shake_hands(SSL& connection, const ServerAddress& server, const TlsFiles& files) {
  ERR_clear_error();
  if (SSL_connect(&connection) == 1) {
    // With TLS 1.3 the client is done before the server has seen its certificate. Who is accepted
    // gets the server's settings (RFC 9113 section 3.4).
    char octet = 0;
    const int read = SSL_read(&connection, &octet, 1);
    if (read == 1) return absl::OkStatus();
    if (SSL_get_error(&connection, read) == SSL_ERROR_WANT_READ)
      return unavailable("no answer from signpostd at ", server.target(), " within 10 s");
    return client_not_accepted(connection, server, files);
  }
  const long result = SSL_get_verify_result(&connection);
  if (result != X509_V_OK) return server_not_accepted(server, files, result);
  if (SSL_get0_peer_certificate(&connection) != nullptr)
    return client_not_accepted(connection, server, files);
  return unavailable("cannot reach signpostd at ", server.target(),
                     ": no TLS there: ", openssl_error());
}

}  // namespace

absl::Status check_tls(const ServerAddress& server, const TlsFiles& files) {
  ASSIGN_OR_RETURN(const Context context, load(files));
  Socket socket;
  RETURN_IF_ERROR(connect_to(server, socket));
  const Connection connection(SSL_new(context.get()));
  SSL_set_fd(connection.get(), socket.descriptor);
  SSL_set_alpn_protos(connection.get(), kAlpn, sizeof(kAlpn));
  expect_name(*connection, server.host);
  return shake_hands(*connection, server, files);
}

}  // namespace signpost::cli
