// Brings notices from the log to the store and to their receivers.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/metrics.h"
#include "notices/delivery.h"
#include "notices/lane.h"
#include "notices/notice_log.h"
#include "notices/receiver_state.h"

namespace signpost::notices {

// What the dispatcher needs of a store. Both are called on its thread.
struct NoticeStore {
  std::function<absl::Status(const std::vector<model::NoticePtr>&)> save_notices;
  // All that there is; what is not in it is forgotten.
  std::function<absl::Status(const ReceiverProgress&)> save_progress;
};

struct DispatcherSettings {
  DeliverySettings delivery;
  RetryTimes retry;
  // Progress is stored at most so often: after a crash a receiver may be told again of what it took
  // in that time.
  std::chrono::milliseconds save_progress_every{100};
};

// All work happens on `io`, which the owner runs on one thread and which must outlive it; methods
// may be called from any thread. Nothing of it blocks who posts a notice.
class Dispatcher {
 public:
  // `log` must outlive it. `progress`: as it was stored. Receivers of which nothing is stored begin
  // with the next notice.
  Dispatcher(boost::asio::io_context& io, NoticeLog& log, NoticeStore store,
             ReceiverProgress progress, DispatcherSettings settings);
  ~Dispatcher();

  // Makes exactly these the receivers. One that changed is tried anew at once, and goes on where it
  // was; one that went is forgotten.
  void set_receivers(std::vector<model::NoticeReceiverPtr> receivers);

  // By id.
  std::map<std::string, ReceiverState> states() const;

  // Appends the metrics signpost_notices_….
  void collect(std::vector<metrics::Family>& families) const;

  // Stores what is not stored yet, and ends. To be called when `io` does not run any more.
  void finish();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace signpost::notices
