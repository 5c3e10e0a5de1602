// Bounds how many transfers are under way, and so the memory that they take.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

namespace signpost::secondary {

// Used on one thread.
class TransferGate {
 public:
  explicit TransferGate(std::size_t places) : free_(places) {}

  // Calls `begin` once there is a place, now or when another leaves; it says whether it takes it,
  // and may already have left when it returns.
  using Begin = std::function<bool()>;
  void enter(Begin begin) {
    waiting_.push_back(std::move(begin));
    admit();
  }

  void leave() {
    ++free_;
    admit();
  }

 private:
  void admit() {
    while (free_ > 0 && !waiting_.empty()) {
      const Begin begin = std::move(waiting_.front());
      waiting_.pop_front();
      --free_;
      if (!begin()) ++free_;
    }
  }

  std::size_t free_;
  std::deque<Begin> waiting_;
};

}  // namespace signpost::secondary
