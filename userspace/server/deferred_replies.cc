#include "server/deferred_replies.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "base/log.h"
#include "server/live_guard.h"
#include "server/reply_parts.h"
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
      log::warning("the reply to a transfer, an update or a forwarded question was lost",
                   {{"why", exception.what()}});
    }
  }
}

DeferredReplies::Source made_by(boost::asio::io_context& io, std::shared_ptr<DeferredReply> reply) {
  return [&io, reply = std::move(reply)](DeferredReplies::Deliver deliver) {
    boost::asio::post(
        io, [reply, deliver = std::move(deliver)] { deliver(reply->produce(unix_clock())); });
  };
}

}  // namespace

DeferredReplies::DeferredReplies(ZoneBackend backend)
    : backend_(std::move(backend)),
      transfers_under_way_(std::make_shared<std::atomic<std::size_t>>(0)) {}

void DeferredReplies::start() {
  threads_[0] = std::thread([this] { run(transfers_); });
  threads_[1] = std::thread([this] { run(updates_); });
  threads_[2] = std::thread([this] { run(forwards_); });
}

void DeferredReplies::stop() {
  transfers_.stop();
  updates_.stop();
  forwards_.stop();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

DeferredReplies::Source DeferredReplies::begin(std::unique_ptr<TransferRequest> request) {
  const bool admitted = transfers_under_way_->fetch_add(1) < kTransfersMax;
  auto transfer = std::make_unique<OutgoingTransfer>(
      std::move(request), backend_.changes, admitted,
      [this](TransferKind kind) { counts_[static_cast<std::size_t>(kind)].fetch_add(1); });
  std::shared_ptr<DeferredReply> shared(transfer.release(),
                                        [under_way = transfers_under_way_](DeferredReply* ended) {
                                          under_way->fetch_sub(1);
                                          delete ended;
                                        });
  return made_by(transfers_, std::move(shared));
}

DeferredReplies::Source DeferredReplies::begin(std::unique_ptr<UpdateRequest> request) {
  return made_by(updates_, std::make_shared<UpdateReply>(std::move(request), backend_.update));
}

DeferredReplies::Source DeferredReplies::begin(std::unique_ptr<ForwardRequest> request) {
  return
      [this, request = std::shared_ptr<const ForwardRequest>(std::move(request))](Deliver deliver) {
        forwarder_.ask(request->rule, request->question,
                       [request, deliver = std::move(deliver)](const forward::AgedAnswer& answer) {
                         DeferredReply::Part part{.ends = true};
                         append_framed(forwarded_reply(*request, answer), part.octets);
                         deliver(std::move(part));
                       });
      };
}

TransferCounts DeferredReplies::transfers() const {
  TransferCounts counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = counts_[i].load();
  return counts;
}

}  // namespace signpost::server
