// One zone, one server that is told of its change: NOTIFY over UDP, again until there is a reply.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "server/live_zones.h"
#include "server/notifier.h"
#include "server/notify_message.h"

namespace signpost::server {

// Used on the thread of its io_context.
class NotifyExchange : public std::enable_shared_from_this<NotifyExchange> {
 public:
  using OnEnded = std::function<void(NotifyResult)>;

  // `zones` and `options` must outlive it.
  NotifyExchange(boost::asio::io_context& io, const LiveZones& zones,
                 const NotifierOptions& options, dns::Name apex, model::NotifyTarget target,
                 OnEnded on_ended);

  // Sends; on_ended is called once, later.
  void start();
  // Ends it; on_ended is not called.
  void cancel();

 private:
  void send();
  void open_socket(boost::system::error_code& error);
  void await_reply();
  void end(NotifyResult result, std::string_view why);

  const LiveZones& zones_;
  const NotifierOptions& options_;
  const dns::Name apex_;
  const model::NotifyTarget target_;
  OnEnded on_ended_;
  boost::asio::ip::udp::socket socket_;
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds wait_;
  unsigned sent_ = 0;
  NotifyMessage message_;
  std::array<char, 4096> reply_;
};

}  // namespace signpost::server
