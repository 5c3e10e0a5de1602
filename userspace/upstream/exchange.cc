#include "upstream/exchange.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <utility>

#include "base/status.h"
#include "upstream/framed_stream.h"

namespace signpost::upstream {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr unsigned kIgnoredMax = 10;
constexpr std::size_t kDatagramMax = 4096;  // we announce less

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(asio::io_context& io, const Server& server, Query query,
           std::chrono::milliseconds timeout, OnExchanged on_exchanged)
      : server_(server),
        query_(std::move(query)),
        timeout_(timeout),
        on_exchanged_(std::move(on_exchanged)),
        datagrams_(io),
        stream_(io),
        timer_(io) {}

  void start() {
    asio::post(timer_.get_executor(), [self = shared_from_this()] {
      if (!self->done_) self->ask_over_udp();
    });
  }

  void cancel() {
    done_ = true;
    on_exchanged_ = nullptr;
    close();
  }

 private:
  void ask_over_udp() {
    error_code error;
    const auto address = asio::ip::make_address(server_.address, error);
    if (error) return fail("not an IPv4 or IPv6 address");
    // Connected, so that the kernel drops what others send, and reports refusals.
    const udp::endpoint remote(address, server_.port);
    datagrams_.open(remote.protocol(), error);
    if (!error) datagrams_.connect(remote, error);
    if (!error) datagrams_.send(asio::buffer(query_.octets), 0, error);
    if (error) return fail("no query could be sent: " + error.message());
    arm();
    await_datagram();
  }

  void await_datagram() {
    datagrams_.async_receive(
        asio::buffer(datagram_),
        [self = shared_from_this()](const error_code& error, std::size_t size) {
          if (self->done_ || self->over_tcp_) return;
          if (error) return self->fail(error.message());
          self->on_datagram({self->datagram_.data(), size});
        });
  }

  void on_datagram(std::string_view message) {
    const auto head = dns::read_message_head(message);
    if (head.ok() && is_reply_to(query_, *head)) {
      if (head->truncated) return ask_over_tcp();
      reply_ = message;
      return finish(read_reply(message, *head, query_));
    }
    if (++ignored_ == kIgnoredMax) return ask_over_tcp();
    await_datagram();
  }

  void ask_over_tcp() {
    over_tcp_ = true;
    error_code ignored;
    datagrams_.close(ignored);
    arm();
    const tcp::endpoint remote(asio::ip::make_address(server_.address), server_.port);
    stream_.connect(remote, [self = shared_from_this()](const error_code& error) {
      if (self->goes_on(error)) self->send_over_tcp();
    });
  }

  void send_over_tcp() {
    stream_.send(query_.octets, [self = shared_from_this()](const error_code& error) {
      if (self->goes_on(error)) self->await_message();
    });
  }

  void await_message() {
    stream_.receive([self = shared_from_this()](const error_code& error) {
      if (self->goes_on(error)) self->on_message(self->stream_.message());
    });
  }

  void on_message(const std::string& message) {
    const auto head = dns::read_message_head(message);
    if (!head.ok() || !is_reply_to(query_, *head)) {
      ++ignored_;
      return fail("what it sent over TCP is not the reply");
    }
    if (head->truncated) return fail("its reply is truncated over TCP too");
    reply_ = message;
    finish(read_reply(message, *head, query_));
  }

  // Replaces the limit.
  void arm() {
    timer_.expires_after(timeout_);
    timer_.async_wait([self = shared_from_this(), over_tcp = over_tcp_](const error_code& error) {
      // A wait that ended just before it was replaced arrives here without an error.
      if (error || self->done_ || over_tcp != self->over_tcp_) return;
      self->fail("no reply within " + std::to_string(self->timeout_.count()) + " ms over " +
                 (over_tcp ? "TCP" : "UDP"));
    });
  }

  bool goes_on(const error_code& error) {
    if (done_) return false;
    if (error) fail("over TCP: " + error.message());
    return !error;
  }

  void fail(const std::string& why) { finish(unavailable(why)); }

  void finish(absl::StatusOr<Resolution> resolution) {
    done_ = true;
    close();
    if (!resolution.ok()) resolution = annotate(resolution.status(), to_text(server_));
    const auto on_exchanged = std::exchange(on_exchanged_, nullptr);
    on_exchanged({std::move(resolution), Clock::now() - started_, ignored_, std::move(reply_)});
  }

  void close() {
    error_code ignored;
    datagrams_.close(ignored);
    stream_.close();
    timer_.cancel();
  }

  const Server server_;
  const Query query_;
  const std::chrono::milliseconds timeout_;
  OnExchanged on_exchanged_;
  udp::socket datagrams_;
  FramedStream stream_;
  asio::steady_timer timer_;
  const Clock::time_point started_ = Clock::now();
  std::array<char, kDatagramMax> datagram_;
  std::string reply_;
  unsigned ignored_ = 0;
  bool over_tcp_ = false;
  bool done_ = false;
};

}  // namespace

CancelExchange start_exchange(asio::io_context& io, const Server& server, Query query,
                              std::chrono::milliseconds timeout, OnExchanged on_exchanged) {
  const auto exchange =
      std::make_shared<Exchange>(io, server, std::move(query), timeout, std::move(on_exchanged));
  exchange->start();
  return [weak = std::weak_ptr<Exchange>(exchange)] {
    if (const auto running = weak.lock()) running->cancel();
  };
}

}  // namespace signpost::upstream
