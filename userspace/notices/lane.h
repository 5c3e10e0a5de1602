// How one receiver is told: one notice after the other.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "notices/delivery.h"
#include "notices/notice_log.h"
#include "notices/receiver_state.h"

namespace signpost::notices {

// The wait after the first try in vain, and the longest; it doubles from try to try, and up to half
// of it is left off at random, so that receivers that fail together are not called together.
struct RetryTimes {
  std::chrono::milliseconds first{1000};
  std::chrono::milliseconds longest{300'000};
};

// To be used on the thread of `io`, except state().
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  // References must outlive it. `on_done` is called when `done` has grown.
  Lane(boost::asio::io_context& io, const DeliverySettings& settings, const RetryTimes& retry,
       const NoticeLog& log, model::NoticeReceiverPtr receiver, std::uint64_t done,
       std::function<void()> on_done);

  // Tells it of what there is, unless it is being told.
  void advance();

  // Goes on with another form of the receiver, at once.
  void set_receiver(model::NoticeReceiverPtr receiver);

  // Ends what is under way; nothing comes after it.
  void stop();

  ReceiverState state() const;

 private:
  // The next notice for the receiver; null: there is none. Moves `done` over those that are not for
  // it.
  model::NoticePtr next();
  void start(const model::NoticePtr& notice);
  void on_delivered(const model::NoticePtr& notice, DeliveryOutcome outcome,
                    const std::string& text);
  void retry_later();
  void give_up_delivery();

  boost::asio::io_context& io_;
  const DeliverySettings& settings_;
  const RetryTimes& retry_;
  const NoticeLog& log_;
  const std::function<void()> on_done_;
  boost::asio::steady_timer timer_;
  health::CancelProbe cancel_;  // set while a delivery is under way
  bool waits_ = false;          // for the next try
  unsigned tries_ = 0;          // in vain, in a row
  std::uint64_t turn_ = 0;      // tells handlers of what was given up from present ones
  bool stopped_ = false;

  mutable std::mutex mutex_;  // guards the state
  ReceiverState state_;
};

}  // namespace signpost::notices
