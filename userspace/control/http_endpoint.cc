#include "control/http_endpoint.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <exception>
#include <list>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/status.h"

namespace signpost::control {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kConnectionsMax = 64;
constexpr std::uint32_t kHeaderOctetsMax = 16 * 1024;
constexpr std::chrono::seconds kIdleTimeout{10};
constexpr std::chrono::seconds kLingerTimeout{1};
constexpr std::chrono::seconds kAcceptPause{1};

constexpr unsigned kOk = 200;
constexpr unsigned kBadRequest = 400;
constexpr unsigned kNotFound = 404;
constexpr unsigned kMethodNotAllowed = 405;
constexpr unsigned kHeaderTooLarge = 431;
constexpr unsigned kInternalError = 500;
constexpr unsigned kUnavailable = 503;

HttpReply plain_text(unsigned status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body)};
}

std::string_view to_std(beast::string_view text) { return {text.data(), text.size()}; }

// The path of a request target in origin or absolute form (RFC 9112 section 3.2), without the
// query.
std::string_view path_of(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (target.starts_with(kScheme)) {
    target.remove_prefix(kScheme.size());
    const auto slash = target.find('/');
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  return target.substr(0, target.find('?'));
}

HttpReply run_handler(const std::string& path, const HttpHandler& handler) {
  static log::RateLimit limit;
  try {
    return handler();
  } catch (const std::exception& failure) {
    log::warning(limit, "HTTP handler failed", {{"path", path}, {"error", failure.what()}});
  } catch (...) {
    log::warning(limit, "HTTP handler failed", {{"path", path}});
  }
  return plain_text(kInternalError, "This page could not be made; see the log.\n");
}

HttpReply not_found(const Routes& routes) {
  std::string body = "Not found. There is:\n";
  for (const auto& [path, handler] : routes) body += path + "\n";
  return plain_text(kNotFound, std::move(body));
}

// A JSON string (RFC 8259 section 7).
std::string json_string(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char octet : text) {
    const auto value = static_cast<unsigned char>(octet);
    if (octet == '"' || octet == '\\') {
      out += '\\';
      out += octet;
    } else if (value < 0x20) {
      out += "\\u00";
      out += kHexDigits[value >> 4];
      out += kHexDigits[value & 15];
    } else {
      out += octet;
    }
  }
  return out + '"';
}

}  // namespace

class HttpEndpoint::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, Routes routes)
      : io_(io), routes_(std::move(routes)), acceptor_(io), pause_(io) {}

  absl::Status listen(const std::string& address, std::uint16_t port);
  std::uint16_t port() const { return port_; }
  void accept();
  void stop();

  // The reply to a well-formed request; nothing once stop() was called.
  std::optional<HttpReply> reply_to(http::verb method, std::string_view target);

 private:
  class Session;

  void on_accept(const error_code& error, tcp::socket socket);
  void close_all();

  asio::io_context& io_;
  const Routes routes_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::uint16_t port_ = 0;
  std::list<Session*> sessions_;     // the one that was quiet for longest first
  std::recursive_mutex in_handler_;  // held while a handler runs: stop() waits, a handler may stop
  bool stopped_ = false;             // guarded by in_handler_
};

// One connection. Lives as long as an operation on it is under way.
class HttpEndpoint::Impl::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Impl> endpoint, tcp::socket socket)
      : endpoint_(std::move(endpoint)),
        stream_(std::move(socket)),
        place_(endpoint_->sessions_.insert(endpoint_->sessions_.end(), this)) {}
  ~Session() { endpoint_->sessions_.erase(place_); }

  void read() {
    auto& sessions = endpoint_->sessions_;
    sessions.splice(sessions.end(), sessions, place_);
    parser_.emplace();
    parser_->header_limit(kHeaderOctetsMax);
    stream_.expires_after(kIdleTimeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                              self->on_read(error);
                            });
  }

  void close() { stream_.close(); }

 private:
  void on_read(const error_code& error) {
    static const auto& parse_errors = http::make_error_code(http::error::bad_method).category();
    if (error == http::error::end_of_stream) return linger();
    if (error == http::error::header_limit)
      return write(plain_text(kHeaderTooLarge, "The request header is over 16 kB.\n"), false);
    if (error && error.category() == parse_errors && error != http::error::partial_message)
      return write(plain_text(kBadRequest, "This is not an HTTP request.\n"), false);
    if (error) return;
    const auto& request = parser_->get();
    if (request.version() >= 11 && request.count(http::field::host) != 1)
      return write(plain_text(kBadRequest, "The request needs one Host field.\n"), false);
    auto reply = endpoint_->reply_to(request.method(), to_std(request.target()));
    if (reply) write(std::move(*reply), request.keep_alive() && parser_->is_done());
  }

  void write(HttpReply reply, bool keep_alive) {
    const bool head = parser_->get().method() == http::verb::head;
    const std::size_t body_size = reply.body.size();
    response_ = {};
    response_.version(11);
    response_.result(reply.status);
    response_.set(http::field::content_type, reply.content_type);
    response_.set(http::field::cache_control, "no-store");
    if (reply.status == kMethodNotAllowed) response_.set(http::field::allow, "GET, HEAD");
    response_.keep_alive(keep_alive);
    response_.content_length(body_size);
    if (!head) response_.body() = std::move(reply.body);
    stream_.expires_after(kIdleTimeout);
    http::async_write(
        stream_, response_,
        [self = shared_from_this(), keep_alive](const error_code& error, std::size_t) {
          if (error) return;
          keep_alive ? self->read() : self->linger();
        });
  }

  // Closes our direction and takes what still comes for a moment: closing at once would reset the
  // connection, and the client could lose the reply.
  void linger() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLingerTimeout);
    drain();
  }

  void drain() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kHeaderOctetsMax),
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (!error) self->drain();
                            });
  }

  const std::shared_ptr<Impl> endpoint_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> response_;
  const std::list<Session*>::iterator place_;
};

absl::Status HttpEndpoint::Impl::listen(const std::string& address, std::uint16_t port) {
  error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error)
    return invalid_argument("HTTP address \"", address, "\" is not an IPv4 or IPv6 address");
  const tcp::endpoint endpoint(parsed, port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (!error) return absl::OkStatus();
  error_code ignored;
  acceptor_.close(ignored);
  return unavailable("the HTTP endpoint can't listen on address ", address, ", port ", port, ": ",
                     error.message());
}

void HttpEndpoint::Impl::accept() {
  acceptor_.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
    self->on_accept(error, std::move(socket));
  });
}

void HttpEndpoint::Impl::on_accept(const error_code& error, tcp::socket socket) {
  if (!acceptor_.is_open()) return;
  if (error && error != asio::error::connection_aborted) {
    // Out of descriptors or memory: at once it would fail again.
    static log::RateLimit limit;
    log::warning(limit, "HTTP connection can't be accepted", {{"error", error.message()}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled && self->acceptor_.is_open()) self->accept();
    });
    return;
  }
  if (!error) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);  // a pipelined reply would wait for an ACK
    if (sessions_.size() >= kConnectionsMax) sessions_.front()->close();
    std::make_shared<Session>(shared_from_this(), std::move(socket))->read();
  }
  accept();
}

std::optional<HttpReply> HttpEndpoint::Impl::reply_to(http::verb method, std::string_view target) {
  const std::lock_guard lock(in_handler_);
  if (stopped_) return std::nullopt;
  const auto route = routes_.find(path_of(target));
  if (route == routes_.end()) return not_found(routes_);
  if (method != http::verb::get && method != http::verb::head)
    return plain_text(kMethodNotAllowed, "Only GET and HEAD are answered here.\n");
  return run_handler(route->first, route->second);
}

void HttpEndpoint::Impl::stop() {
  {
    const std::lock_guard lock(in_handler_);
    if (std::exchange(stopped_, true)) return;
  }
  asio::post(io_, [self = shared_from_this()] { self->close_all(); });
}

void HttpEndpoint::Impl::close_all() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (Session* session : sessions_) session->close();
}

HttpEndpoint::HttpEndpoint(asio::io_context& io, Routes routes)
    : impl_(std::make_shared<Impl>(io, std::move(routes))) {}

HttpEndpoint::~HttpEndpoint() { stop(); }

absl::Status HttpEndpoint::start(const std::string& address, std::uint16_t port) {
  RETURN_IF_ERROR(impl_->listen(address, port));
  impl_->accept();
  return absl::OkStatus();
}

std::uint16_t HttpEndpoint::port() const { return impl_->port(); }

void HttpEndpoint::stop() { impl_->stop(); }

HttpHandler metrics_handler(const metrics::Registry& registry) {
  return [&registry] {
    return HttpReply{kOk, std::string(metrics::kExpositionType), registry.expose()};
  };
}

HttpHandler health_handler(std::function<std::optional<std::string>()> why_not_serving) {
  return [why_not_serving = std::move(why_not_serving)] {
    const auto reason = why_not_serving();
    if (!reason) return HttpReply{kOk, "application/json", "{\"status\":\"serving\"}\n"};
    return HttpReply{kUnavailable, "application/json",
                     "{\"status\":\"not_serving\",\"reason\":" + json_string(*reason) + "}\n"};
  };
}

}  // namespace signpost::control
