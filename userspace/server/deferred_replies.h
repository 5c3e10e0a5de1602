// The threads that make replies which take a while, so that those who answer queries need not wait
// for them: one for transfers of zones, one for updates, one for questions that are passed on.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "forward/forwarder.h"
#include "server/deferred_reply.h"
#include "server/forward_request.h"
#include "server/outgoing_transfer.h"
#include "server/transfer_counts.h"
#include "server/transfer_request.h"
#include "server/update_request.h"
#include "server/zone_backend.h"

namespace signpost::server {

// Any thread may call.
class DeferredReplies {
 public:
  explicit DeferredReplies(ZoneBackend backend);
  ~DeferredReplies() { stop(); }

  void start();
  // Ends the threads; nothing is delivered any more.
  void stop();

  using Deliver = std::function<void(DeferredReply::Part)>;
  // Has the next part of a reply made, and handed to what is given on the thread that made it. One
  // at a time for each. Parts of several replies are made in turn, so that a large zone does not
  // hold up a small one.
  using Source = std::function<void(Deliver)>;

  // Of more than so many transfers at a time the rest are refused.
  static constexpr std::size_t kTransfersMax = 64;
  Source begin(std::unique_ptr<TransferRequest> request);
  Source begin(std::unique_ptr<UpdateRequest> request);
  Source begin(std::unique_ptr<ForwardRequest> request);

  // Tells who refreshes copies of zones.
  void pass_on(const NotifyReceipt& receipt) const {
    if (backend_.notified) backend_.notified(receipt);
  }

  // Transfers that have ended.
  TransferCounts transfers() const;
  forward::Counts forwarded() const { return forwarder_.counts(); }

 private:
  const ZoneBackend backend_;
  const std::shared_ptr<std::atomic<std::size_t>> transfers_under_way_;
  boost::asio::io_context transfers_{1};
  boost::asio::io_context updates_{1};
  boost::asio::io_context forwards_{1};
  forward::Forwarder forwarder_{forwards_, {}};
  std::array<std::atomic<std::uint64_t>, kTransferKindLabels.size()> counts_{};
  std::array<std::thread, 3> threads_;
};

}  // namespace signpost::server
