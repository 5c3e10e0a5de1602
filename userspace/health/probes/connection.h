// A connection over TCP, with or without TLS, which may outlive the probe that made it.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/socket_bio.h"

namespace signpost::health {

// Used on the thread of its io_context alone, with one reading and one writing at a time. Whoever
// waits is called later, never by the call that began the wait; close() ends every wait.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using OnDone = std::function<void(const boost::system::error_code&)>;
  using OnOctets = std::function<void(const boost::system::error_code&, std::size_t)>;

  explicit Connection(boost::asio::io_context& io) : socket_(io) {}
  ~Connection() { close(); }

  // An error says that there is no socket, and then on_done is not called.
  boost::system::error_code connect(const boost::asio::ip::tcp::endpoint& remote, OnDone on_done);

  // Speaks TLS from now on, as client. Returns what may be set before shake_hands().
  SSL* use_tls(SSL_CTX* context);
  void shake_hands(const OnDone& on_done);
  // Null without TLS.
  SSL* ssl() const { return ssl_.get(); }

  // An error is not told: a peer may answer and close without reading, and what it sent decides.
  void write(std::string octets);
  // Tells how many octets are in `buffer`, which must stay, or why there will be no more.
  void read(const boost::asio::mutable_buffer& buffer, OnOctets on_octets);

  // Everything was sent.
  bool is_sent() const { return sending_.empty(); }
  void close();

  const boost::asio::ip::tcp::endpoint& remote() const { return remote_; }
  // How many probes have used it, with the one that calls this.
  unsigned count_probe() { return ++probes_; }
  std::chrono::steady_clock::time_point made() const { return made_; }

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  // Repeats `operate`, a call of OpenSSL, until it does not have to wait for the socket.
  void operate_tls(std::function<int()> operate, OnOctets on_done);
  boost::system::error_code tls_error(int reason) const;

  boost::asio::ip::tcp::socket socket_;
  boost::asio::ip::tcp::endpoint remote_;
  const std::chrono::steady_clock::time_point made_ = std::chrono::steady_clock::now();
  unsigned probes_ = 0;
  tls::SocketState socket_state_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::string sending_;
};

using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace signpost::health
