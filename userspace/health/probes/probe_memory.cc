#include "health/probes/probe_memory.h"

#include <sys/resource.h>

#include <utility>

namespace signpost::health {

std::shared_ptr<void> KeptConnectionPlaces::take() {
  if (*left_ == 0) return nullptr;
  --*left_;
  return {left_.get(), [left = left_](void*) { ++*left; }};
}

std::size_t KeptConnectionPlaces::default_count() {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return 0;
  return descriptors.rlim_cur / 2;
}

ConnectionPtr ProbeMemory::take_connection(const boost::asio::ip::tcp::endpoint& remote,
                                           std::chrono::milliseconds age_max) {
  ConnectionPtr connection = std::exchange(connection_, nullptr);
  place_ = nullptr;
  if (connection == nullptr || connection->remote() != remote) return nullptr;
  const auto age = std::chrono::steady_clock::now() - connection->made();
  return age < age_max ? connection : nullptr;
}

void ProbeMemory::keep(ConnectionPtr connection) {
  if (connection->count_probe() >= kProbesPerConnection) return;
  place_ = places_->take();
  if (place_ != nullptr) connection_ = std::move(connection);
}

}  // namespace signpost::health
