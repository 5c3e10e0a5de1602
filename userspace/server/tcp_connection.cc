#include "server/tcp_connection.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "server/deferred_tap.h"

namespace signpost::server {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kFrameOctets = 2;
// Replies that may wait to be written; one more may exceed it.
constexpr std::size_t kRepliesMax = 64 * 1024;
// Room for replies that an idle connection keeps.
constexpr std::size_t kRoomKept = 2048;

// Whether a whole query is at the beginning of `input`.
bool has_query(Octets input) {
  return input.size() >= kFrameOctets && input.size() - kFrameOctets >= load16(input, 0);
}

}  // namespace

TcpConnection::TcpConnection(TcpService& service, tcp::socket socket,
                             std::unique_ptr<Stream> stream, const ClientAddress& address)
    : service_(service),
      socket_(std::move(socket)),
      stream_(std::move(stream)),
      client_{.transport = service.tls_ == nullptr ? Transport::kTcp : Transport::kTls,
              .address = address,
              .idle_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(
                  service.limits_.idle_timeout)},
      last_use_(std::chrono::steady_clock::now()) {}

void TcpConnection::start(TcpService::Connections::iterator self) {
  self_ = self;
  wait_for(tcp::socket::wait_read);
}

void TcpConnection::close() {
  if (!socket_.is_open()) return;
  stream_->end();
  error_code ignored;
  socket_.close(ignored);
  service_.forget(self_);
}

void TcpConnection::go_on() {
  stream_->begin_turn();
  bool readable = true;
  while (socket_.is_open()) {
    if (!replies_.empty()) {
      if (!write()) return;
    } else if (deferred_) {
      return fetch_part();
    } else if (ends_) {
      return close();
    } else if (has_query(unread_)) {
      answer_unread();
    } else if (readable) {
      if (!read()) return;
      readable = stream_->holds_octets();
    } else {
      return wait_for(tcp::socket::wait_read);
    }
  }
}

void TcpConnection::wait_for(Event event) {
  socket_.async_wait(event, [self = shared_from_this()](const error_code& error) {
    if (!self->socket_.is_open()) return;
    if (error) return self->close();
    self->go_on();
  });
}

void TcpConnection::wait_for(StreamStep::State state) {
  if (state == StreamStep::State::kEnded) return close();
  wait_for(state == StreamStep::State::kAwaitsReadable ? tcp::socket::wait_read
                                                       : tcp::socket::wait_write);
}

bool TcpConnection::read() {
  const StreamStep step = stream_->read(service_.input_);
  if (step.state != StreamStep::State::kMoved) {
    wait_for(step.state);
    return false;
  }
  Octets received = Octets(service_.input_).first(step.octets);
  if (unread_.empty() && has_query(received)) received = received.subspan(answer_queries(received));
  unread_.insert(unread_.end(), received.begin(), received.end());
  return true;
}

bool TcpConnection::write() {
  const StreamStep step = stream_->write(Octets(replies_).subspan(written_));
  if (step.state != StreamStep::State::kMoved) {
    wait_for(step.state);
    return false;
  }
  written_ += step.octets;
  if (written_ < replies_.size()) return true;
  written_ = 0;
  replies_.clear();
  if (replies_.capacity() > kRoomKept) replies_.shrink_to_fit();
  if (deferred_) note_use();
  return true;
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
  go_on();
}

void TcpConnection::note_use() {
  last_use_ = std::chrono::steady_clock::now();
  service_.make_youngest(self_);
}

void TcpConnection::answer_unread() {
  const std::size_t used = answer_queries(unread_);
  unread_.erase(unread_.begin(), unread_.begin() + static_cast<std::ptrdiff_t>(used));
  if (unread_.empty()) unread_.shrink_to_fit();
}

std::size_t TcpConnection::answer_queries(Octets input) {
  const model::AnswerTablePtr table = service_.sources_.table.load();
  const GuardPtr guard = service_.sources_.guard.load();
  const ServedZonesPtr zones = service_.sources_.zones.load();
  const Serving serving{table.get(), *guard, zones, service_.buckets_, guard_clock(), unix_clock()};
  client_.may_transfer_over_tls = stream_->suits_transfers_over_tls();
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t queries = 0;
  std::size_t used = 0;
  while (!ends_ && !deferred_ && replies_.size() < kRepliesMax && has_query(input.subspan(used))) {
    const std::size_t size = load16(input, used);
    ends_ = !answer(serving, input.subspan(used + kFrameOctets, size));
    used += kFrameOctets + size;
    ++queries;
  }
  note_use();
  service_.connection_tallies_.durations.observe(last_use_ - begin, queries);
  return used;
}

Tapped TcpConnection::tapped(Octets query, Octets reply,
                             std::chrono::system_clock::time_point received) const {
  error_code gone;
  const auto client = socket_.remote_endpoint(gone);
  const auto server = socket_.local_endpoint(gone);
  return {.transport = client_.transport,
          .client = {client_.address, client.port()},
          .server = TappedSocket{address_of(server), server.port()},
          .received = received,
          .answered = std::chrono::system_clock::now(),
          .query = query,
          .reply = reply};
}

bool TcpConnection::answer(const Serving& serving, Octets query) {
  service_.connection_tallies_.queries.add(1);
  QueryTap* const tap = service_.sources_.watched_tap();
  const auto received =
      tap ? std::chrono::system_clock::now() : std::chrono::system_clock::time_point();
  Reply reply = respond(serving, query, client_, service_.slots_, service_.reply_);
  service_.tallies_.count(reply);
  if (reply.notified) service_.deferred_.pass_on(*reply.notified);
  if (reply.update) deferred_ = service_.deferred_.begin(std::move(reply.update));
  if (reply.forward) deferred_ = service_.deferred_.begin(std::move(reply.forward));
  if (tap) {
    const Tapped shown = tapped(query, Octets(service_.reply_).first(reply.size), received);
    if (deferred_) {
      deferred_ = shown_when_made(std::move(deferred_), *tap, shown);
    } else {
      tap->show(shown);
    }
  }
  // Of a transfer the query alone is shown.
  if (reply.transfer) deferred_ = service_.deferred_.begin(std::move(reply.transfer));
  if (deferred_) return true;
  if (reply.size == 0) return false;
  replies_.push_back(static_cast<std::uint8_t>(reply.size >> 8));
  replies_.push_back(static_cast<std::uint8_t>(reply.size));
  replies_.insert(replies_.end(), service_.reply_.begin(),
                  service_.reply_.begin() + static_cast<std::ptrdiff_t>(reply.size));
  return true;
}

}  // namespace signpost::server
