// Keeps the zones that are copied from other servers as the configuration says, and puts into it
// what their primaries send.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "control/controller.h"
#include "control/store.h"
#include "dns/name.h"
#include "model/config.h"
#include "secondary/secondaries.h"
#include "server/live_zones.h"
#include "server/notify_request.h"

namespace signpost::daemon {

// Any thread may call.
class SecondaryKeeper {
 public:
  // The references must outlive the keeper. Nothing happens before start(); `controller` is asked
  // for then only.
  SecondaryKeeper(control::Store& store, const server::LiveZones& zones);
  ~SecondaryKeeper() { stop(); }

  // Makes this the configuration that says which zones are copied, and what is held of them;
  // `changed`: the zones that differ from the former. On the controller's thread.
  void serve(const model::Config& config, const std::vector<dns::Name>& changed);

  void start(control::Controller& controller);
  // To be called before the controller stops.
  void stop();

  void notified(const server::NotifyReceipt& receipt);
  std::vector<secondary::SecondaryState> states() const { return secondaries_->states(); }
  void collect(std::vector<metrics::Family>& families) const;

  // Of the thread that does it all, to ask whether it works.
  boost::asio::io_context& io() { return io_; }

 private:
  secondary::Hooks hooks();

  control::Store& store_;
  const server::LiveZones& zones_;
  control::Controller* controller_ = nullptr;
  std::vector<model::SecondaryZonePtr> listed_;  // on the controller's thread
  boost::asio::io_context io_{1};
  boost::asio::io_context changes_io_{1};  // of its own: a change waits until it is served
  std::unique_ptr<secondary::Secondaries> secondaries_;
  std::thread thread_;
  std::thread changes_thread_;
};

}  // namespace signpost::daemon
