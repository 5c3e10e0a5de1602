// One query to one server.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "upstream/query.h"
#include "upstream/reply.h"
#include "upstream/server.h"

namespace boost::asio {
class io_context;
}

namespace signpost::upstream {

struct ExchangeResult {
  absl::StatusOr<Resolution> resolution;  // an error says which server failed and how
  std::chrono::nanoseconds elapsed{0};
  unsigned ignored = 0;  // messages that came in reply and were not
  std::string reply;     // the message, also if it is none that helps; empty if there is none
};

using OnExchanged = std::function<void(const ExchangeResult&)>;

// Ends the exchange without a result. To be called on the thread of its io_context; does nothing
// after the result.
using CancelExchange = std::function<void()>;

// Asks `server` over UDP, from a port of its own that the kernel picks at random, and over TCP if
// the reply is truncated or if ten messages came that are not the reply: then somebody guesses.
// `timeout` is for each of the two. `io` must run on the calling thread; `on_exchanged` is called
// there, once, and never before this returns.
CancelExchange start_exchange(boost::asio::io_context& io, const Server& server, Query query,
                              std::chrono::milliseconds timeout, OnExchanged on_exchanged);

}  // namespace signpost::upstream
