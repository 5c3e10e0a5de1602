#include "tests/support/tls_server.h"

#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace signpost {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// One connection; alive as long as something is under way.
class TlsConnection : public std::enable_shared_from_this<TlsConnection> {
 public:
  using Stream = asio::ssl::stream<asio::ip::tcp::socket>;

  TlsConnection(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> context,
                std::shared_ptr<SeenHandshake> seen, std::string response, int responses)
      : context_(std::move(context)),
        seen_(std::move(seen)),
        response_(std::move(response)),
        left_(responses),
        stream_(std::move(socket), *context_) {}

  void start() {
    stream_.async_handshake(Stream::server, [self = shared_from_this()](const error_code& error) {
      if (!error) self->on_handshake();
    });
  }

 private:
  void on_handshake() {
    SSL* const ssl = stream_.native_handle();
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (seen_) *seen_ = {name == nullptr ? "" : name, SSL_session_reused(ssl) == 1};
    read();
  }
  void read() {
    asio::async_read_until(stream_, asio::dynamic_buffer(request_), left_ > 1 ? "\r\n\r\n" : "\r\n",
                           [self = shared_from_this()](const error_code& error, std::size_t size) {
                             if (error) return;
                             self->request_.erase(0, size);
                             self->respond();
                           });
  }
  void respond() {
    --left_;
    asio::async_write(stream_, asio::buffer(response_),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (!error && self->left_ > 0) self->read();
                      });
  }

  const std::shared_ptr<asio::ssl::context> context_;
  const std::shared_ptr<SeenHandshake> seen_;
  const std::string response_;
  int left_;  // of the responses
  std::string request_;
  Stream stream_;
};

}  // namespace

std::shared_ptr<asio::ssl::context> server_context(const Certificate& certificate) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  context->use_certificate(asio::buffer(certificate.certificate), asio::ssl::context::pem);
  context->use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem);
  SSL_CTX_set_session_id_context(context->native_handle(),
                                 reinterpret_cast<const unsigned char*>("test"), 4);
  return context;
}

Conduct serve_tls(std::shared_ptr<asio::ssl::context> context, std::shared_ptr<SeenHandshake> seen,
                  std::string response, int responses) {
  return [=](const std::shared_ptr<asio::ip::tcp::socket>& socket) {
    socket->set_option(asio::ip::tcp::no_delay(true));
    std::make_shared<TlsConnection>(std::move(*socket), context, seen, response, responses)
        ->start();
  };
}

}  // namespace signpost
