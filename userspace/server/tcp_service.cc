#include "server/tcp_service.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "server/stream.h"
#include "server/tcp_connection.h"
#include "server/tls_stream.h"

namespace signpost::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptRetry{100};
constexpr std::size_t kInputOctets = 64 * 1024;

}  // namespace

ClientAddress address_of(const tcp::endpoint& peer) {
  ClientAddress address{};
  if (peer.address().is_v6()) {
    const auto octets = peer.address().to_v6().to_bytes();
    std::copy(octets.begin(), octets.end(), address.begin());
    return address;
  }
  const auto octets = peer.address().to_v4().to_bytes();
  address[10] = address[11] = 0xff;
  std::copy(octets.begin(), octets.end(), address.begin() + 12);
  return address;
}

TcpService::TcpService(asio::io_context& io, TcpLimits& limits, const Sources& sources,
                       DeferredReplies& deferred, LimitBuckets& buckets, SlotSource& slots,
                       Tallies& tallies, const LiveTlsContext* tls)
    : io_(io),
      limits_(limits),
      sources_(sources),
      deferred_(deferred),
      buckets_(buckets),
      slots_(slots),
      tallies_(tallies),
      tls_(tls),
      connection_tallies_(tls == nullptr ? tallies.tcp : tallies.tls),
      idle_timer_(io),
      input_(kInputOctets),
      reply_(kTcpReplyMax) {}

TcpService::~TcpService() { close(); }

void TcpService::close() {
  listeners_.clear();
  while (!connections_.empty()) connections_.front()->close();
}

error_code TcpService::listen(int family, int socket) {
  auto listener = std::make_unique<Listener>(io_);
  error_code error;
  listener->acceptor.assign(family == AF_INET ? tcp::v4() : tcp::v6(), socket, error);
  if (error) return error;
  listeners_.push_back(std::move(listener));
  accept(*listeners_.back());
  return error;
}

void TcpService::accept(Listener& listener) {
  listener.acceptor.async_accept([this, &listener](const error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) return make_room(listener, error);
    accept(listener);
    admit(std::move(socket));
  });
}

// Out of file descriptors or memory. The client waits in the backlog until closing another
// connection has made room; where there is none to close, until others have.
void TcpService::make_room(Listener& listener, const error_code& why) {
  static log::RateLimit limit;
  log::warning(limit, "no room to accept a TCP connection; closing the one idle for longest",
               {{"why", why.message()}});
  connection_tallies_.refused.add(1);
  if (!connections_.empty()) {
    close_oldest();
    return accept(listener);
  }
  listener.retry.expires_after(kAcceptRetry);
  listener.retry.async_wait([this, &listener](const error_code& error) {
    if (!error) accept(listener);
  });
}

void TcpService::admit(tcp::socket socket) {
  if (limits_.open.load() >= limits_.connections_max) {
    static log::RateLimit limit;
    log::warning(
        limit, "too many connections; closing the one idle for longest",
        {{"transport", tls_ == nullptr ? "tcp" : "tls"}, {"connections", limits_.connections_max}});
    connection_tallies_.refused.add(1);
    if (connections_.empty()) return;  // all belong to other threads: this one is refused
    close_oldest();
  }
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (!error) socket.non_blocking(true, error);
  if (!error) socket.set_option(tcp::no_delay(true), error);
  if (error) return;  // it is gone already
  auto stream = stream_over(socket.native_handle());
  connections_.push_back(std::make_shared<TcpConnection>(*this, std::move(socket),
                                                         std::move(stream), address_of(peer)));
  limits_.open.fetch_add(1);
  connection_tallies_.open.add(1);
  connections_.back()->start(std::prev(connections_.end()));
  if (!watching_) watch_idle();
}

std::unique_ptr<Stream> TcpService::stream_over(int socket) {
  if (tls_ == nullptr) return std::make_unique<PlainStream>(socket);
  return std::make_unique<TlsStream>(*tls_->load(), socket, tallies_.tls_handshakes);
}

void TcpService::forget(Connections::iterator connection) {
  connections_.erase(connection);
  limits_.open.fetch_sub(1);
  connection_tallies_.open.subtract(1);
}

void TcpService::make_youngest(Connections::iterator connection) {
  connections_.splice(connections_.end(), connections_, connection);
}

void TcpService::close_oldest() {
  if (!connections_.empty()) connections_.front()->close();
}

void TcpService::watch_idle() {
  const auto now = std::chrono::steady_clock::now();
  while (!connections_.empty() && connections_.front()->last_use() + limits_.idle_timeout <= now)
    close_oldest();
  watching_ = !connections_.empty();
  if (!watching_) return;
  idle_timer_.expires_at(connections_.front()->last_use() + limits_.idle_timeout);
  idle_timer_.async_wait([this](const error_code& error) {
    if (!error) watch_idle();
  });
}

}  // namespace signpost::server
