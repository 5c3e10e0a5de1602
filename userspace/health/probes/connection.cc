#include "health/probes/connection.h"

#include <openssl/err.h>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <utility>

namespace signpost::health {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

error_code Connection::connect(const tcp::endpoint& remote, OnDone on_done) {
  error_code error;
  remote_ = remote;
  socket_.open(remote.protocol(), error);
  if (error) return error;
  // Else the request would wait for the acknowledgement of a resumed handshake's last message.
  socket_.set_option(tcp::no_delay(true), error);
  socket_.async_connect(remote, [self = shared_from_this(), on_done = std::move(on_done)](
                                    const error_code& outcome) { on_done(outcome); });
  return {};
}

SSL* Connection::use_tls(SSL_CTX* context) {
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
  socket_state_.socket = socket_.native_handle();
  ssl_.reset(SSL_new(context));
  BIO* const bio = tls::make_socket_bio(socket_state_);
  SSL_set_bio(ssl_.get(), bio, bio);
  return ssl_.get();
}

void Connection::shake_hands(const OnDone& on_done) {
  operate_tls([this] { return SSL_connect(ssl_.get()); },
              [on_done](const error_code& error, std::size_t) { on_done(error); });
}

void Connection::write(std::string octets) {
  sending_ = std::move(octets);
  const auto on_sent = [self = shared_from_this()](const error_code& error, std::size_t) {
    if (!error) self->sending_.clear();
  };
  if (ssl_ == nullptr) return asio::async_write(socket_, asio::buffer(sending_), on_sent);
  operate_tls(
      [this] { return SSL_write(ssl_.get(), sending_.data(), static_cast<int>(sending_.size())); },
      on_sent);
}

void Connection::read(const asio::mutable_buffer& buffer, OnOctets on_octets) {
  if (ssl_ == nullptr) {
    return socket_.async_read_some(
        buffer, [self = shared_from_this(), on_octets = std::move(on_octets)](
                    const error_code& error, std::size_t size) { on_octets(error, size); });
  }
  operate_tls(
      [this, buffer] {
        return SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
      },
      std::move(on_octets));
}

void Connection::operate_tls(std::function<int()> operate, OnOctets on_done) {
  if (!socket_.is_open()) return;
  ERR_clear_error();
  socket_state_.begin_turn();
  const int result = operate();
  const int reason = SSL_get_error(ssl_.get(), result);
  if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
    const error_code error = result > 0 ? error_code() : tls_error(reason);
    const std::size_t size = result > 0 ? static_cast<std::size_t>(result) : 0;
    return asio::post(socket_.get_executor(),
                      [self = shared_from_this(), on_done = std::move(on_done), error, size] {
                        on_done(error, size);
                      });
  }
  socket_.async_wait(
      reason == SSL_ERROR_WANT_READ ? tcp::socket::wait_read : tcp::socket::wait_write,
      [self = shared_from_this(), operate = std::move(operate),
       on_done = std::move(on_done)](const error_code& error) mutable {
        if (error) return on_done(error, 0);
        self->operate_tls(std::move(operate), std::move(on_done));
      });
}

error_code Connection::tls_error(int reason) const {
  if (reason == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  if (socket_state_.error != 0) return {socket_state_.error, boost::system::system_category()};
  const unsigned long error = ERR_get_error();
  if (error == 0 || ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return asio::ssl::error::stream_truncated;
  return {static_cast<int>(error), asio::error::get_ssl_category()};
}

void Connection::close() {
  // We do not wait for the peer's close; without this OpenSSL would not let the session be resumed.
  if (ssl_ != nullptr) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN);
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace signpost::health
