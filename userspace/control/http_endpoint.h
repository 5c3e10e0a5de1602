// A small HTTP server for metrics, health and other things that are read: GET and HEAD, nothing is
// changed through it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "base/metrics.h"

namespace boost::asio {
class io_context;
}

namespace signpost::control {

struct HttpReply {
  unsigned status = 200;
  std::string content_type;
  std::string body;
};

// Gives the present reply of one path. Runs on the endpoint's thread; an exception becomes a 500
// and a log line.
using HttpHandler = std::function<HttpReply()>;

// By path, for example "/metrics". A query part of the request is ignored.
using Routes = std::map<std::string, HttpHandler, std::less<>>;

// All work happens on `io`, which the owner runs on one thread and which must outlive this. At most
// 64 connections, each idle for at most 10 s; one more closes the one that was quiet for longest.
// Request headers over 16 kB get 431.
class HttpEndpoint {
 public:
  HttpEndpoint(boost::asio::io_context& io, Routes routes);
  ~HttpEndpoint();

  // Listens on `address` (IPv4 or IPv6); port 0 takes a free one. Call once. UNAVAILABLE or
  // INVALID_ARGUMENT with one sentence if the address can't be had.
  absl::Status start(const std::string& address, std::uint16_t port);

  // The port that start() took.
  std::uint16_t port() const;

  // Closes everything, on `io`. From any thread; no handler begins after it returns.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

// GET /metrics. `registry` must outlive the endpoint.
HttpHandler metrics_handler(const metrics::Registry& registry);

// GET /health: 200 {"status":"serving"}, or 503 {"status":"not_serving","reason":…} while
// `why_not_serving` gives a reason.
HttpHandler health_handler(std::function<std::optional<std::string>()> why_not_serving);

}  // namespace signpost::control
