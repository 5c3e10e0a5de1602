// One TCP connection, with TLS or without: queries framed by two octets of length, answered in the
// order they came (RFC 7766), those that others make among them.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "server/query_tap.h"
#include "server/stream.h"
#include "server/tcp_service.h"

namespace signpost::server {

// Reads only while no reply waits to be written: a client that does not read its replies is not
// read from either, and so holds a bounded amount of memory. Its handlers keep it alive; it works
// for the service until it is closed.
class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  // `stream`: over the socket, which must not block.
  TcpConnection(TcpService& service, boost::asio::ip::tcp::socket socket,
                std::unique_ptr<Stream> stream, const ClientAddress& address);

  // Begins to serve. `self`: where the service holds this connection.
  void start(TcpService::Connections::iterator self);

  // Closes the socket and leaves the service; the second time nothing.
  void close();

  // When the last whole query came, or the connection, or the client last took a part of a
  // transfer.
  std::chrono::steady_clock::time_point last_use() const { return last_use_; }

 private:
  using Event = boost::asio::ip::tcp::socket::wait_type;

  // Writes, answers and reads until something has to be waited for, and waits. A client that never
  // stops sending gets a turn at a time.
  void go_on();
  void wait_for(Event event);
  // Waits for what the stream needs, or closes; for when nothing could be moved.
  void wait_for(StreamStep::State state);
  // Each says whether anything moved; else it waits.
  bool read();
  bool write();
  // Has the next part of the deferred reply made; with it goes on_part().
  void fetch_part();
  void on_part(DeferredReply::Part part);
  // Puts off the end of the connection as idle.
  void note_use();
  // Answers whole queries that were received before.
  void answer_unread();
  // Answers the whole queries at the beginning of `input`, of which there is one at least, until
  // enough replies wait; returns the octets used.
  std::size_t answer_queries(Octets input);
  // Appends the framed reply; false if the message must not be answered.
  bool answer(const Serving& serving, Octets query);
  Tapped tapped(Octets query, Octets reply, std::chrono::system_clock::time_point received) const;

  TcpService& service_;
  boost::asio::ip::tcp::socket socket_;
  const std::unique_ptr<Stream> stream_;
  Client client_;
  TcpService::Connections::iterator self_;
  std::chrono::steady_clock::time_point last_use_;
  std::vector<std::uint8_t> unread_;   // received, not yet answered
  std::vector<std::uint8_t> replies_;  // not yet written, but for the first `written_` octets
  std::size_t written_ = 0;
  bool ends_ = false;                 // nothing further is to be answered
  DeferredReplies::Source deferred_;  // of the reply under way; queries behind it wait
};

}  // namespace signpost::server
