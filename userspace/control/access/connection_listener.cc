#include "control/access/connection_listener.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/status.h"

namespace signpost::control {
namespace {

constexpr std::chrono::seconds kBarred{1};

}  // namespace

absl::Status ConnectionListener::start(int listening, ConnectionLimits limits, OwnerOf owner_of,
                                       OnConnection on_connection) {
  listener_ = listening;
  limits_ = limits;
  owner_of_ = std::move(owner_of);
  on_connection_ = std::move(on_connection);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) return unavailable("can't accept control connections: ", std::strerror(errno));
  thread_ = std::thread([this] { accept_until_stopped(); });
  return absl::OkStatus();
}

void ConnectionListener::accept_until_stopped() {
  while (wait()) accept_one();
}

bool ConnectionListener::wait() {
  for (;;) {
    std::vector<pollfd> ready = {{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    for (const Watched& watched : watched_) ready.push_back({watched.descriptor, POLLRDHUP, 0});
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return false;
    if (stopping_) return false;
    if (ready[1].revents != 0) end_condemned();
    const bool ended = std::any_of(ready.begin() + 2, ready.end(),
                                   [](const pollfd& each) { return each.revents != 0; });
    if (ended) forget_ended();
    if (ready[0].revents != 0) return true;
  }
}

void ConnectionListener::forget_ended() {
  std::erase_if(watched_, [](const Watched& watched) {
    pollfd ready{watched.descriptor, POLLRDHUP, 0};
    if (::poll(&ready, 1, 0) <= 0) return false;
    ::close(watched.descriptor);
    return true;
  });
  open_.store(watched_.size(), std::memory_order_relaxed);
}

void ConnectionListener::end_condemned() {
  std::uint64_t ignored = 0;
  (void)!::read(wake_, &ignored, sizeof(ignored));
  const std::lock_guard lock(mutex_);
  for (const std::string& owner : condemned_) {
    barred_until_[owner] = std::chrono::steady_clock::now() + kBarred;
    // Whoever it was handed to finds that it has ended, and so do we.
    for (const Watched& watched : watched_) {
      if (watched.owner == owner) ::shutdown(watched.descriptor, SHUT_RDWR);
    }
  }
  condemned_.clear();
}

void ConnectionListener::hang_up(const std::string& owner) {
  {
    const std::lock_guard lock(mutex_);
    if (std::find(condemned_.begin(), condemned_.end(), owner) != condemned_.end()) return;
    condemned_.push_back(owner);
  }
  wake();
}

void ConnectionListener::wake() {
  const std::uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof(one));
}

void ConnectionListener::accept_one() {
  const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (connection < 0) {
    if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS) return;
    static log::RateLimit limit;
    log::warning(limit, "a control connection could not be accepted",
                 {{"error", std::strerror(errno)}});
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return;
  }
  std::string owner = owner_of_(connection);
  const int watching = has_room(owner) ? ::fcntl(connection, F_DUPFD_CLOEXEC, 0) : -1;
  if (watching < 0) {
    static log::RateLimit limit;
    log::warning(limit, "a control connection was closed: there are too many, or too many calls",
                 {{"of", owner}, {"open", watched_.size()}});
    refused_.add();
    ::close(connection);
    return;
  }
  watched_.push_back({watching, std::move(owner)});
  open_.store(watched_.size(), std::memory_order_relaxed);
  on_connection_(connection, watched_.back().owner);
}

bool ConnectionListener::has_room(const std::string& owner) {
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(barred_until_, [&](const auto& barred) { return barred.second <= now; });
  if (barred_until_.contains(owner)) return false;
  const auto of_one = std::count_if(watched_.begin(), watched_.end(),
                                    [&](const Watched& each) { return each.owner == owner; });
  return watched_.size() < limits_.all && static_cast<std::size_t>(of_one) < limits_.of_one;
}

void ConnectionListener::stop() {
  stopping_ = true;
  if (thread_.joinable()) {
    wake();
    thread_.join();
  }
  for (const Watched& watched : watched_) ::close(watched.descriptor);
  watched_.clear();
  open_.store(0, std::memory_order_relaxed);
  for (int* descriptor : {&listener_, &wake_}) {
    if (*descriptor >= 0) ::close(*descriptor);
    *descriptor = -1;
  }
}

}  // namespace signpost::control
