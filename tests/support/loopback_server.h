// A TCP server on a loopback port whose conduct a test chooses, well-behaved or hostile.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace signpost {

// What happens on an accepted connection, which lives as long as the pointer does.
using Conduct = std::function<void(std::shared_ptr<boost::asio::ip::tcp::socket>)>;

class LoopbackServer {
 public:
  // Serves on 127.0.0.1 (or ::1) as long as `io` runs.
  LoopbackServer(boost::asio::io_context& io, Conduct conduct, const char* address = "127.0.0.1");

  std::uint16_t port() const;
  std::string address() const;
  // Takes no more connections.
  void close() { acceptor_->close(); }
  std::size_t connections() const { return *connections_; }
  // From the next connection on.
  void set_conduct(Conduct conduct) { *conduct_ = std::move(conduct); }

 private:
  void accept();

  std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor_;
  std::shared_ptr<Conduct> conduct_;
  std::shared_ptr<std::size_t> connections_;
};

// Reads the request up to its empty line, stores it in `request` unless null, sends `response` and
// closes.
Conduct reply(std::string response, std::shared_ptr<std::string> request = nullptr);

// Answers one request after the other, and closes after the last response.
Conduct converse(std::vector<std::string> responses);

// reply() with that status and no body.
Conduct reply_status(unsigned status);

// Sends `text` one octet at a time, from the moment of connecting.
Conduct drip(std::string text, std::chrono::milliseconds between);

// Sends `head`, then `piece` again and again until the peer is gone.
Conduct flood(std::string head, std::string piece);

// Keeps the connection and says nothing.
Conduct stay_silent();

// Ends the connection at once, with a FIN or with a RST.
Conduct close_at_once();
Conduct reset_at_once();

// An address where a connection is refused, and stays refused while this lives: bound, but nobody
// listens.
class RefusingPort {
 public:
  explicit RefusingPort(boost::asio::io_context& io);
  std::uint16_t port() const { return socket_.local_endpoint().port(); }

 private:
  boost::asio::ip::tcp::socket socket_;
};

// An address where a SYN is never answered: the backlog of the listener is full.
class UnansweringPort {
 public:
  explicit UnansweringPort(boost::asio::io_context& io);
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::unique_ptr<boost::asio::ip::tcp::socket>> waiting_;
};

}  // namespace signpost
