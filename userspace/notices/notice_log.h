// The notices of this daemon that are still kept, in the order of their numbers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "model/notice.h"

namespace signpost::notices {

// Every method may be called from any thread; none blocks but wait(). What is posted is read only
// once it is stored: else a crash could give its number to another notice, and whoever had seen it
// would miss that one.
class NoticeLog {
 public:
  static constexpr std::size_t kKeptMax = 10'000;

  // `kept`: stored before the start, in ascending order.
  explicit NoticeLog(std::vector<model::NoticePtr> kept = {}, std::size_t kept_max = kKeptMax);

  // Gives the event a number and the present time. The oldest notice goes where there are too many.
  void post(model::NoticeEvent event);

  // Called after each post(), on its thread.
  void set_on_post(std::function<void()> on_post);

  // What is to be stored, in order; once it is, it can be read.
  std::vector<model::NoticePtr> unstored() const;
  void mark_stored(std::uint64_t up_to);

  // Those that can be read and have a number above `number`, at most `limit`.
  std::vector<model::NoticePtr> after(std::uint64_t number, std::size_t limit) const;

  // The number of the newest that can be read; 0: there never was one.
  std::uint64_t last() const;

  // Waits until there is one to read above `number`; false if there is none when `at_most` is over
  // or the log is closed.
  bool wait(std::uint64_t number, std::chrono::milliseconds at_most) const;

  // Ends all waiting for good.
  void close();
  bool closed() const;

 private:
  const std::size_t kept_max_;
  mutable std::mutex mutex_;
  mutable std::condition_variable readable_;
  std::deque<model::NoticePtr> kept_;
  std::uint64_t posted_ = 0;  // the highest number given
  std::uint64_t stored_ = 0;  // the highest that can be read
  std::function<void()> on_post_;
  bool closed_ = false;
};

}  // namespace signpost::notices
