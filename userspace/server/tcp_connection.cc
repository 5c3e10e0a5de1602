#include "server/tcp_connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <utility>

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
      last_query_(std::chrono::steady_clock::now()) {}

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
  if (replies_.empty()) return ends_ ? close() : wait_readable();
  boost::asio::async_write(socket_, boost::asio::buffer(replies_),
                           [self = shared_from_this()](const error_code& error, std::size_t) {
                             if (!self->socket_.is_open()) return;
                             if (error) return self->close();
                             self->replies_ = {};
                             self->proceed();
                           });
}

std::size_t TcpConnection::answer_queries(Octets input) {
  const model::AnswerTablePtr table = service_.table_.load();
  const GuardPtr guard = service_.guard_.load();
  const Serving serving{table.get(), *guard, service_.buckets_, guard_clock()};
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t queries = 0;
  std::size_t used = 0;
  while (!ends_ && replies_.size() < kRepliesMax && has_query(input.subspan(used))) {
    const std::size_t size = load16(input, used);
    ends_ = !answer(serving, input.subspan(used + kFrameOctets, size));
    used += kFrameOctets + size;
    ++queries;
  }
  if (used != 0) {
    last_query_ = std::chrono::steady_clock::now();
    service_.tallies_.tcp_durations.observe(last_query_ - begin, queries);
    service_.make_youngest(self_);
  }
  return used;
}

bool TcpConnection::answer(const Serving& serving, Octets query) {
  service_.tallies_.tcp_queries.add(1);
  const Reply reply = respond(serving, query, client_, service_.slots_, service_.reply_);
  service_.tallies_.count(reply);
  if (reply.size == 0) return false;
  replies_.push_back(static_cast<std::uint8_t>(reply.size >> 8));
  replies_.push_back(static_cast<std::uint8_t>(reply.size));
  replies_.insert(replies_.end(), service_.reply_.begin(),
                  service_.reply_.begin() + static_cast<std::ptrdiff_t>(reply.size));
  return true;
}

}  // namespace signpost::server
