#include "server/deferred_replies.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "base/log.h"
#include "server/live_guard.h"
#include "server/update_reply.h"

namespace signpost::server {
namespace {

void run(boost::asio::io_context& io) {
  const auto work = boost::asio::make_work_guard(io);
  while (!io.stopped()) {
    try {
      io.run();
    } catch (const std::exception& exception) {
      // Nothing but a lack of memory: the connection will be closed as idle.
      log::warning("a zone transfer or an update was lost", {{"why", exception.what()}});
    }
  }
}

}  // namespace

DeferredReplies::DeferredReplies(ZoneBackend backend)
    : backend_(std::move(backend)),
      transfers_under_way_(std::make_shared<std::atomic<std::size_t>>(0)) {}

void DeferredReplies::start() {
  threads_[0] = std::thread([this] { run(transfers_); });
  threads_[1] = std::thread([this] { run(updates_); });
}

void DeferredReplies::stop() {
  transfers_.stop();
  updates_.stop();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

DeferredReplies::Handle DeferredReplies::begin(std::unique_ptr<TransferRequest> request) {
  const bool admitted = transfers_under_way_->fetch_add(1) < kTransfersMax;
  auto transfer = std::make_unique<OutgoingTransfer>(
      std::move(request), backend_.changes, admitted,
      [this](TransferKind kind) { counts_[static_cast<std::size_t>(kind)].fetch_add(1); });
  std::shared_ptr<DeferredReply> shared(transfer.release(),
                                        [under_way = transfers_under_way_](DeferredReply* ended) {
                                          under_way->fetch_sub(1);
                                          delete ended;
                                        });
  return {std::move(shared), &transfers_};
}

DeferredReplies::Handle DeferredReplies::begin(std::unique_ptr<UpdateRequest> request) {
  return {std::make_shared<UpdateReply>(std::move(request), backend_.update), &updates_};
}

void DeferredReplies::produce(const Handle& handle, Deliver deliver) {
  boost::asio::post(*handle.io, [reply = handle.reply, deliver = std::move(deliver)] {
    deliver(reply->produce(unix_clock()));
  });
}

TransferCounts DeferredReplies::transfers() const {
  TransferCounts counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = counts_[i].load();
  return counts;
}

}  // namespace signpost::server
