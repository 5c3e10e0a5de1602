// Accepts connections, bounds how many there are, and hands them on.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "base/metrics.h"

namespace signpost::control {

struct ConnectionLimits {
  std::size_t all = 256;
  std::size_t of_one = 128;  // user or address
};

class ConnectionListener {
 public:
  // Whose a connection is, as limits count them.
  using OwnerOf = std::function<std::string(int descriptor)>;
  // Takes over the descriptor, which does not block, of a connection of `owner`.
  using OnConnection = std::function<void(int descriptor, const std::string& owner)>;

  ~ConnectionListener() { stop(); }

  // Takes over `listening`, a listening socket that does not block, and accepts on a thread of its
  // own. Connections beyond the limits are closed at once. UNAVAILABLE with one sentence.
  absl::Status start(int listening, ConnectionLimits limits, OwnerOf owner_of,
                     OnConnection on_connection);

  // Ends all connections of an owner, and refuses further ones for a second. From any thread.
  void hang_up(const std::string& owner);

  // No connection is handed on once it returns. Those that were stay.
  void stop();

  std::size_t open() const { return open_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const { return refused_.value(); }

 private:
  // A second descriptor of a connection that was handed on: it tells when that has ended, whoever
  // ends it.
  struct Watched {
    int descriptor;
    std::string owner;
  };

  void accept_until_stopped();
  // False: stopped.
  bool wait();
  void accept_one();
  void forget_ended();
  void end_condemned();
  void wake();
  bool has_room(const std::string& owner);

  ConnectionLimits limits_;
  OwnerOf owner_of_;
  OnConnection on_connection_;
  int listener_ = -1;
  int wake_ = -1;  // an eventfd: stop, or somebody is condemned
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::string> condemned_;  // under the mutex
  std::vector<Watched> watched_;
  std::map<std::string, std::chrono::steady_clock::time_point> barred_until_;
  std::atomic<std::size_t> open_{0};
  metrics::Counter refused_;
  std::thread thread_;
};

}  // namespace signpost::control
