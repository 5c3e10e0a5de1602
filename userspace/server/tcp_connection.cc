#include "server/tcp_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "server/query_tap.h"

namespace signpost::server {
namespace {

using boost::system::error_code;

constexpr std::size_t kFrameOctets = 2;
// Replies that may wait to be written; one more may exceed it.
constexpr std::size_t kRepliesMax = 64 * 1024;

// Whether a whole query is at the beginning of `input`.
bool has_query(Octets input) {
  return input.size() >= kFrameOctets && input.size() - kFrameOctets >= load16(input, 0);
}

}  // namespace

TcpConnection::TcpConnection(TcpService& service, boost::asio::ip::tcp::socket socket,
                             const ClientAddress& address)
    : service_(service),
      socket_(std::move(socket)),
      client_{Transport::kTcp, address,
              std::chrono::duration_cast<std::chrono::milliseconds>(service.limits_.idle_timeout)},
      last_use_(std::chrono::steady_clock::now()) {}

void TcpConnection::start(TcpService::Connections::iterator self) {
  self_ = self;
  wait_readable();
}

void TcpConnection::close() {
  if (!socket_.is_open()) return;
  error_code ignored;
  socket_.close(ignored);
  service_.forget(self_);
}

void TcpConnection::wait_readable() {
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const error_code& error) {
                       if (!self->socket_.is_open()) return;
                       if (error) return self->close();
                       self->read();
                     });
}

void TcpConnection::read() {
  error_code error;
  auto& input = service_.input_;
  const std::size_t size = socket_.read_some(boost::asio::buffer(input), error);
  if (error == boost::asio::error::would_block) return wait_readable();
  if (error) return close();
  if (unread_.empty()) {
    const Octets received = Octets(input).first(size);
    const Octets rest = received.subspan(answer_queries(received));
    unread_.assign(rest.begin(), rest.end());
    return write();
  }
  unread_.insert(unread_.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
  proceed();
}

void TcpConnection::proceed() {
  const std::size_t used = answer_queries(unread_);
  unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(used));
  if (unread_.empty()) unread_.shrink_to_fit();
  write();
}

void TcpConnection::write() {
  if (replies_.empty() && deferred_) return fetch_part();
  if (replies_.empty()) return ends_ ? close() : wait_readable();
  boost::asio::async_write(socket_, boost::asio::buffer(replies_),
                           [self = shared_from_this()](const error_code& error, std::size_t) {
                             if (!self->socket_.is_open()) return;
                             if (error) return self->close();
                             self->written();
                           });
}

void TcpConnection::written() {
  replies_ = {};
  if (!deferred_) return proceed();
  note_use();
  fetch_part();
}

// The service may outlive the connection, and so holds no share of it.
void TcpConnection::fetch_part() {
  deferred_([weak = weak_from_this()](DeferredReply::Part part) {
    const auto self = weak.lock();
    if (!self) return;
    boost::asio::post(self->socket_.get_executor(), [weak, part = std::move(part)]() mutable {
      const auto still = weak.lock();
      if (still && still->socket_.is_open()) still->on_part(std::move(part));
    });
  });
}

void TcpConnection::on_part(DeferredReply::Part part) {
  replies_ = std::move(part.octets);
  if (part.ends) deferred_ = {};
  if (part.broken) return close();
  write();
}

void TcpConnection::note_use() {
  last_use_ = std::chrono::steady_clock::now();
  service_.make_youngest(self_);
}

std::size_t TcpConnection::answer_queries(Octets input) {
  const model::AnswerTablePtr table = service_.sources_.table.load();
  const GuardPtr guard = service_.sources_.guard.load();
  const ServedZonesPtr zones = service_.sources_.zones.load();
  const Serving serving{table.get(), *guard, zones, service_.buckets_, guard_clock(), unix_clock()};
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t queries = 0;
  std::size_t used = 0;
  while (!ends_ && !deferred_ && replies_.size() < kRepliesMax && has_query(input.subspan(used))) {
    const std::size_t size = load16(input, used);
    ends_ = !answer(serving, input.subspan(used + kFrameOctets, size));
    used += kFrameOctets + size;
    ++queries;
  }
  if (used != 0) {
    note_use();
    service_.tallies_.tcp_durations.observe(last_use_ - begin, queries);
  }
  return used;
}

void TcpConnection::show(Octets query, Octets reply,
                         std::chrono::system_clock::time_point received) {
  error_code gone;
  const auto client = socket_.remote_endpoint(gone);
  const auto server = socket_.local_endpoint(gone);
  service_.sources_.tap->show({.transport = Transport::kTcp,
                               .client = {client_.address, client.port()},
                               .server = TappedSocket{address_of(server), server.port()},
                               .received = received,
                               .answered = std::chrono::system_clock::now(),
                               .query = query,
                               .reply = reply});
}

bool TcpConnection::answer(const Serving& serving, Octets query) {
  service_.tallies_.tcp_queries.add(1);
  const auto received = service_.sources_.tap ? std::chrono::system_clock::now()
                                              : std::chrono::system_clock::time_point();
  Reply reply = respond(serving, query, client_, service_.slots_, service_.reply_);
  service_.tallies_.count(reply);
  if (service_.sources_.tap) show(query, Octets(service_.reply_).first(reply.size), received);
  if (reply.transfer) deferred_ = service_.deferred_.begin(std::move(reply.transfer));
  if (reply.update) deferred_ = service_.deferred_.begin(std::move(reply.update));
  if (reply.forward) deferred_ = service_.deferred_.begin(std::move(reply.forward));
  if (deferred_) return true;
  if (reply.size == 0) return false;
  replies_.push_back(static_cast<std::uint8_t>(reply.size >> 8));
  replies_.push_back(static_cast<std::uint8_t>(reply.size));
  replies_.insert(replies_.end(), service_.reply_.begin(),
                  service_.reply_.begin() + static_cast<std::ptrdiff_t>(reply.size));
  return true;
}

}  // namespace signpost::server
