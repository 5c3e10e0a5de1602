// DNS over TCP (RFC 7766), or over TLS (RFC 7858), for one thread: accepting, reading, answering in
// order, and closing.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <vector>

#include "server/deferred_replies.h"
#include "server/responder.h"
#include "server/slot_source.h"
#include "server/sources.h"
#include "server/tallies.h"
#include "server/tls_context.h"

namespace signpost::server {

// Shared by the threads of a server that serve one transport.
struct TcpLimits {
  std::size_t connections_max = 0;
  std::chrono::steady_clock::duration idle_timeout{};
  std::atomic<std::size_t> open{0};
};

class Stream;
class TcpConnection;

ClientAddress address_of(const boost::asio::ip::tcp::endpoint& peer);

// Holds its connections in the order of their last whole query, so that the one idle for longest is
// the first to go.
class TcpService {
 public:
  using Connections = std::list<std::shared_ptr<TcpConnection>>;

  // All connections are TLS if there is a context. The arguments must outlive the service, which
  // lives as long as `io` may run its handlers.
  TcpService(boost::asio::io_context& io, TcpLimits& limits, const Sources& sources,
             DeferredReplies& deferred, LimitBuckets& buckets, SlotSource& slots, Tallies& tallies,
             const LiveTlsContext* tls);
  TcpService(const TcpService&) = delete;
  TcpService& operator=(const TcpService&) = delete;
  ~TcpService();

  // Accepts connections on a listening socket of `family`, which it takes over.
  boost::system::error_code listen(int family, int socket);

  // Closes all sockets.
  void close();

 private:
  friend class TcpConnection;

  // One listening socket, and the timer that it waits for when the process is out of file
  // descriptors.
  struct Listener {
    explicit Listener(boost::asio::io_context& io) : acceptor(io), retry(io) {}
    boost::asio::ip::tcp::acceptor acceptor;
    boost::asio::steady_timer retry;
  };

  void accept(Listener& listener);
  void make_room(Listener& listener, const boost::system::error_code& why);
  void admit(boost::asio::ip::tcp::socket socket);
  std::unique_ptr<Stream> stream_over(int socket);
  void forget(Connections::iterator connection);
  void make_youngest(Connections::iterator connection);
  void close_oldest();
  // Closes what has been idle for too long, and waits for the next to be.
  void watch_idle();

  boost::asio::io_context& io_;
  TcpLimits& limits_;
  const Sources sources_;
  DeferredReplies& deferred_;
  LimitBuckets& buckets_;
  SlotSource& slots_;
  Tallies& tallies_;
  const LiveTlsContext* const tls_;
  ConnectionTallies& connection_tallies_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  Connections connections_;
  boost::asio::steady_timer idle_timer_;
  bool watching_ = false;
  // What is read and written last, of whichever connection; an idle connection holds no buffer.
  std::vector<std::uint8_t> input_;
  std::vector<std::uint8_t> reply_;
};

}  // namespace signpost::server
