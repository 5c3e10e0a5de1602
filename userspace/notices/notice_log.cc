#include "notices/notice_log.h"

#include <algorithm>
#include <utility>

namespace signpost::notices {

using model::NoticePtr;

namespace {

auto first_above(const std::deque<NoticePtr>& kept, std::uint64_t number) {
  return std::upper_bound(
      kept.begin(), kept.end(), number,
      [](std::uint64_t wanted, const NoticePtr& notice) { return wanted < notice->number; });
}

}  // namespace

NoticeLog::NoticeLog(std::vector<NoticePtr> kept, std::size_t kept_max)
    : kept_max_(kept_max), kept_(kept.begin(), kept.end()) {
  while (kept_.size() > kept_max_) kept_.pop_front();
  if (!kept_.empty()) posted_ = stored_ = kept_.back()->number;
}

void NoticeLog::post(model::NoticeEvent event) {
  std::function<void()> on_post;
  {
    const std::lock_guard lock(mutex_);
    // As exact as it is stored, so that it stays the same over a restart.
    const auto now =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    kept_.push_back(
        std::make_shared<const model::Notice>(model::Notice{++posted_, now, std::move(event)}));
    if (kept_.size() > kept_max_) kept_.pop_front();
    on_post = on_post_;
  }
  if (on_post) on_post();
}

void NoticeLog::set_on_post(std::function<void()> on_post) {
  const std::lock_guard lock(mutex_);
  on_post_ = std::move(on_post);
}

std::vector<NoticePtr> NoticeLog::unstored() const {
  const std::lock_guard lock(mutex_);
  return {first_above(kept_, stored_), kept_.end()};
}

void NoticeLog::mark_stored(std::uint64_t up_to) {
  {
    const std::lock_guard lock(mutex_);
    stored_ = std::max(stored_, up_to);
  }
  readable_.notify_all();
}

std::vector<NoticePtr> NoticeLog::after(std::uint64_t number, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<NoticePtr> found;
  for (auto at = first_above(kept_, number);
       at != kept_.end() && (*at)->number <= stored_ && found.size() < limit; ++at) {
    found.push_back(*at);
  }
  return found;
}

std::uint64_t NoticeLog::last() const {
  const std::lock_guard lock(mutex_);
  return stored_;
}

bool NoticeLog::wait(std::uint64_t number, std::chrono::milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  readable_.wait_for(lock, at_most, [&] { return closed_ || stored_ > number; });
  return !closed_ && stored_ > number;
}

void NoticeLog::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  readable_.notify_all();
}

bool NoticeLog::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

}  // namespace signpost::notices
