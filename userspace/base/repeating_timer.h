// Work that is done again and again.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <utility>

namespace signpost {

// Does `work` on the io_context, an interval after the start and then after each end of it, for as
// long as it lives. The io_context has to outlive it.
class RepeatingTimer {
 public:
  RepeatingTimer(boost::asio::io_context& io, std::chrono::milliseconds interval,
                 std::function<void()> work)
      : timer_(io), interval_(interval), work_(std::move(work)) {
    wait();
  }
  RepeatingTimer(const RepeatingTimer&) = delete;
  RepeatingTimer& operator=(const RepeatingTimer&) = delete;

 private:
  void wait() {
    timer_.expires_after(interval_);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      work_();
      wait();
    });
  }

  boost::asio::steady_timer timer_;
  const std::chrono::milliseconds interval_;
  const std::function<void()> work_;
};

}  // namespace signpost
