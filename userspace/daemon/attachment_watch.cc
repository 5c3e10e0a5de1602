#include "daemon/attachment_watch.h"

#include <chrono>

namespace signpost::daemon {
namespace {

constexpr std::chrono::seconds kInterval{2};

}  // namespace

AttachmentWatch::AttachmentWatch(boost::asio::io_context& io, KernelFastPath& fast_path)
    : fast_path_(fast_path), timer_(io) {
  wait();
}

void AttachmentWatch::wait() {
  timer_.expires_after(kInterval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    fast_path_.look_at_attachment();
    wait();
  });
}

}  // namespace signpost::daemon
