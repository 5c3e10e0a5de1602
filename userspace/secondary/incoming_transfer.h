// One transfer from one primary, over TCP.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>

#include "absl/status/statusor.h"
#include "secondary/sent_query.h"
#include "secondary/transfer.h"
#include "upstream/server.h"

namespace signpost::secondary {

struct TransferLimits {
  std::size_t octets_max = 0;  // of all records, uncompressed
  // Until the connection is there, or the next message.
  std::chrono::milliseconds idle{30'000};
  std::chrono::milliseconds whole{3'600'000};
};

using OnTransferred = std::function<void(absl::StatusOr<Transfer>)>;

// Ends the transfer without a result. To be called on the thread of its io_context; does nothing
// after the result.
using CancelTransfer = std::function<void()>;

// Sends `query` and reads the transfer that replies to it. Errors: UNAVAILABLE if the connection
// fails or is too slow, else those of TransferReader. `io` must run on the calling thread;
// `on_transferred` is called there, once, and never before this returns.
CancelTransfer start_transfer(boost::asio::io_context& io, const upstream::Server& primary,
                              SentQuery query, const TransferLimits& limits,
                              OnTransferred on_transferred);

}  // namespace signpost::secondary
