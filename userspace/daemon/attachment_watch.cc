#include "daemon/attachment_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <chrono>

namespace signpost::daemon {
namespace {

// Who takes the program off an interface makes no notice.
constexpr std::chrono::seconds kInterval{2};

// A socket that becomes readable when an interface comes, goes or changes; -1 if there is none.
int open_link_notices() {
  const int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (descriptor < 0) return -1;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return descriptor;
  close(descriptor);
  return -1;
}

}  // namespace

AttachmentWatch::AttachmentWatch(boost::asio::io_context& io, KernelFastPath& fast_path)
    : fast_path_(fast_path),
      timer_(io, kInterval, [this] { fast_path_.look_at_attachments(); }),
      notices_(io) {
  if (const int descriptor = open_link_notices(); descriptor >= 0) {
    notices_.assign(descriptor);
    wait_for_notice();
  }
}

// What a notice says does not matter, nor whether some were lost: each makes it look at everything.
void AttachmentWatch::wait_for_notice() {
  notices_.async_read_some(boost::asio::buffer(notice_),
                           [this](const boost::system::error_code& error, std::size_t) {
                             if (error == boost::asio::error::operation_aborted) return;
                             fast_path_.look_at_attachments();
                             wait_for_notice();
                           });
}

}  // namespace signpost::daemon
