#include "health/probe.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <utility>

#include "health/target.h"

namespace signpost::health {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kHeaderOctetsMax = 16384;
constexpr milliseconds kLatenessAllowed{200};
constexpr unsigned kLowestHealthyStatus = 200;
constexpr unsigned kLowestUnhealthyStatus = 400;

std::string duration_text(milliseconds duration) {
  if (duration < milliseconds(1)) return "under 1 ms";
  if (duration % std::chrono::seconds(1) == milliseconds::zero())
    return std::to_string(duration / std::chrono::seconds(1)) + " s";
  return std::to_string(duration.count()) + " ms";
}

// Errors of our side: they say nothing about the endpoint.
bool is_our_shortage(const error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
         error == asio::error::no_memory || error == boost::system::errc::address_not_available ||
         error == boost::system::errc::too_many_files_open_in_system;
}

class Probe : public std::enable_shared_from_this<Probe> {
 public:
  Probe(asio::io_context& io, model::HealthCheckPtr check, const ProbeLimits& limits,
        OnProbeResult on_result)
      : check_(std::move(check)),
        limits_(limits),
        on_result_(std::move(on_result)),
        endpoint_(endpoint_text(*check_)),
        socket_(io),
        timer_(io) {}

  void start() {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (!self->done_) self->connect();
    });
  }

  void cancel() {
    done_ = true;
    on_result_ = nullptr;
    close();
  }

 private:
  bool is_http() const { return check_->kind == model::ProbeKind::kHttp; }

  void connect() {
    error_code error;
    const auto address = asio::ip::make_address(check_->address, error);
    if (error) return fail(check_->address + " is not an IPv4 or IPv6 address");
    const tcp::endpoint remote(address, check_->port);
    socket_.open(remote.protocol(), error);
    if (error) return discard("no socket: " + error.message());
    const milliseconds limit = is_http() ? limits_.http_connect : limits_.tcp_connect;
    arm(limit, "no connection to " + endpoint_ + " within " + duration_text(limit));
    socket_.async_connect(remote, [self = shared_from_this()](const error_code& outcome) {
      if (self->goes_on()) self->on_connect(outcome);
    });
  }

  void on_connect(const error_code& error) {
    if (is_our_shortage(error)) return discard("no connection: " + error.message());
    if (error == asio::error::connection_refused)
      return fail("connection to " + endpoint_ + " refused");
    if (error) return fail("no connection to " + endpoint_ + ": " + error.message());
    if (!is_http()) return succeed("connected to " + endpoint_);
    arm(limits_.http_status, "no HTTP status within " + duration_text(limits_.http_status) +
                                 " after connecting to " + endpoint_);
    request_ = request_text(*check_);
    asio::async_write(socket_, asio::buffer(request_),
                      [self = shared_from_this()](const error_code&, std::size_t) {
                        // An endpoint may answer and close without reading: what it sent decides.
                        if (self->goes_on()) self->read_status_line();
                      });
  }

  void read_status_line() {
    asio::async_read_until(socket_, asio::dynamic_buffer(received_, kHeaderOctetsMax), '\n',
                           [self = shared_from_this()](const error_code& error, std::size_t) {
                             if (self->goes_on()) self->on_status_line(error);
                           });
  }

  void on_status_line(const error_code& error) {
    if (error) return fail_reading(error, "an HTTP status");
    if (!received_.starts_with("HTTP/1.")) return fail("no HTTP status from " + endpoint_);
    arm(limits_.http_header, "no complete HTTP header within " +
                                 duration_text(limits_.http_header) + " after the status from " +
                                 endpoint_);
    asio::async_read_until(
        socket_, asio::dynamic_buffer(received_, kHeaderOctetsMax), "\r\n\r\n",
        [self = shared_from_this()](const error_code& outcome, std::size_t header_octets) {
          if (self->goes_on()) self->on_header(outcome, header_octets);
        });
  }

  void on_header(const error_code& error, std::size_t octets) {
    if (error) return fail_reading(error, "the end of the HTTP header");
    http::response_parser<http::empty_body> parser;
    parser.header_limit(kHeaderOctetsMax);
    parser.body_limit(boost::none);
    error_code malformed;
    parser.put(asio::buffer(received_.data(), octets), malformed);
    if (malformed || !parser.is_header_done())
      return fail("malformed HTTP header from " + endpoint_ + ": " + malformed.message());
    const unsigned status = parser.get().result_int();
    const std::string seen = "HTTP status " + std::to_string(status) + " from " + endpoint_;
    if (status < kLowestHealthyStatus || status >= kLowestUnhealthyStatus) return fail(seen);
    succeed(seen);
  }

  void fail_reading(const error_code& error, const std::string& awaited) {
    if (error == asio::error::not_found)
      return fail("HTTP header from " + endpoint_ + " is longer than 16,384 octets");
    if (error == asio::error::eof)
      return fail("connection closed by " + endpoint_ + " before " + awaited);
    if (error == asio::error::connection_reset)
      return fail("connection reset by " + endpoint_ + " before " + awaited);
    fail("no more from " + endpoint_ + " before " + awaited + ": " + error.message());
  }

  // Replaces the limit under which the probe runs; `failure` is what passing it means.
  void arm(milliseconds limit, std::string failure) {
    const Clock::time_point deadline = Clock::now() + limit;
    deadline_ = deadline;
    discard_after_ = deadline + std::max(limit / 10, kLatenessAllowed);
    timer_.expires_at(deadline);
    timer_.async_wait([self = shared_from_this(), deadline,
                       failure = std::move(failure)](const error_code& cancelled) {
      // A wait that ended just before it was replaced arrives here without an error.
      if (cancelled || deadline != self->deadline_ || !self->goes_on()) return;
      self->fail(failure);
    });
  }

  // False if the probe is over. Ends it if we were late: the endpoint may have given up on us.
  bool goes_on() {
    if (done_) return false;
    if (Clock::now() <= discard_after_) return true;
    discard("we were too late to judge " + endpoint_);
    return false;
  }

  void succeed(const std::string& what) {
    const auto elapsed = std::chrono::duration_cast<milliseconds>(Clock::now() - started_);
    finish(ProbeOutcome::kSuccess, "Success: " + what + " in " + duration_text(elapsed));
  }
  void fail(const std::string& why) { finish(ProbeOutcome::kFailure, "Failure: " + why); }
  void discard(const std::string& why) { finish(ProbeOutcome::kDiscarded, why); }

  void finish(ProbeOutcome outcome, std::string text) {
    done_ = true;
    close();
    const auto on_result = std::exchange(on_result_, nullptr);
    on_result({outcome, std::move(text), Clock::now() - started_});
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
  }

  const model::HealthCheckPtr check_;
  const ProbeLimits limits_;
  OnProbeResult on_result_;
  const std::string endpoint_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  const Clock::time_point started_ = Clock::now();
  Clock::time_point deadline_{};
  Clock::time_point discard_after_ = Clock::time_point::max();
  std::string request_;
  std::string received_;
  bool done_ = false;
};

}  // namespace

CancelProbe start_probe(asio::io_context& io, model::HealthCheckPtr check,
                        const ProbeLimits& limits, OnProbeResult on_result) {
  const auto probe = std::make_shared<Probe>(io, std::move(check), limits, std::move(on_result));
  probe->start();
  return [weak = std::weak_ptr<Probe>(probe)] {
    if (const auto running = weak.lock()) running->cancel();
  };
}

}  // namespace signpost::health
