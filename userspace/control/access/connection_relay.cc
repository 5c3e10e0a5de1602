#include "control/access/connection_relay.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include "base/status.h"
#include "control/access/stream_counter.h"

namespace signpost::control {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Protocol = asio::local::stream_protocol;

constexpr std::size_t kChunkOctets = 16 * 1024;
constexpr const char* kFailure = "a control connection can't be carried: ";

// Whoever holds another descriptor of a client's connection is to see that it has ended.
void end(int descriptor) {
  ::shutdown(descriptor, SHUT_RDWR);
  ::close(descriptor);
}

// One connection. Lives as long as an operation on it is under way.
class Carried : public std::enable_shared_from_this<Carried> {
 public:
  Carried(asio::io_context& io, StreamPacer& pacer, std::string owner)
      : client_(io), server_(io), pause_(io), pacer_(pacer), owner_(std::move(owner)) {}

  // Takes over both descriptors.
  error_code open(int client, int server) {
    const error_code of_client = take_over(client_, client);
    const error_code of_server = take_over(server_, server);
    return of_client ? of_client : of_server;
  }

  void start() {
    read_client();
    read_server();
  }

  void close() {
    error_code ignored;
    client_.shutdown(Protocol::socket::shutdown_both, ignored);
    client_.close(ignored);
    server_.close(ignored);
    pause_.cancel();
  }

 private:
  static error_code take_over(Protocol::socket& socket, int descriptor) {
    error_code error;
    socket.assign(Protocol(), descriptor, error);
    if (error) end(descriptor);
    return error;
  }

  void read_client() {
    client_.async_read_some(asio::buffer(from_client_),
                            [self = shared_from_this()](const error_code& error, std::size_t size) {
                              error ? self->end_of_client() : self->pace(size);
                            });
  }

  // The octets that open streams wait for their turn, and with them all behind: they are not read.
  void pace(std::size_t size) {
    const std::size_t streams = counter_.count(std::string_view(from_client_.data(), size));
    const auto wait = pacer_.reserve(owner_, streams, std::chrono::steady_clock::now());
    if (wait.count() == 0) return write_server(size);
    pause_.expires_after(wait);
    pause_.async_wait([self = shared_from_this(), size](const error_code& error) {
      if (!error) self->write_server(size);
    });
  }

  void write_server(std::size_t size) {
    asio::async_write(server_, asio::buffer(from_client_, size),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        error ? self->close() : self->read_client();
                      });
  }

  void read_server() {
    server_.async_read_some(asio::buffer(from_server_),
                            [self = shared_from_this()](const error_code& error, std::size_t size) {
                              error ? self->close() : self->write_client(size);
                            });
  }

  void write_client(std::size_t size) {
    asio::async_write(client_, asio::buffer(from_server_, size),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        error ? self->close() : self->read_server();
                      });
  }

  // What the server still has to say is carried until it closes its end.
  void end_of_client() {
    error_code ignored;
    server_.shutdown(Protocol::socket::shutdown_send, ignored);
  }

  Protocol::socket client_;
  Protocol::socket server_;
  asio::steady_timer pause_;
  StreamPacer& pacer_;
  const std::string owner_;
  StreamCounter counter_;
  std::array<char, kChunkOctets> from_client_;
  std::array<char, kChunkOctets> from_server_;
};

}  // namespace

class ConnectionRelay::Impl {
 public:
  explicit Impl(StreamLimits limits)
      : pacer_(limits), work_(io_.get_executor()), thread_([this] { io_.run(); }) {}
  ~Impl() {
    io_.stop();
    thread_.join();
  }

  absl::StatusOr<int> carry(int client, std::string owner) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
      const int reason = errno;
      end(client);
      return unavailable(kFailure, std::strerror(reason));
    }
    const auto carried = std::make_shared<Carried>(io_, pacer_, std::move(owner));
    if (const error_code error = carried->open(client, ends[0])) {
      carried->close();
      ::close(ends[1]);
      return unavailable(kFailure, error.message());
    }
    asio::post(io_, [carried] { carried->start(); });
    return ends[1];
  }

 private:
  StreamPacer pacer_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

ConnectionRelay::ConnectionRelay(StreamLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
ConnectionRelay::~ConnectionRelay() = default;

absl::StatusOr<int> ConnectionRelay::carry(int client, std::string owner) {
  return impl_->carry(client, std::move(owner));
}

}  // namespace signpost::control
