// Looks whether the fast path is still attached: when interfaces change, and again and again.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/repeating_timer.h"
#include "daemon/kernel_fast_path.h"

namespace signpost::daemon {

// Its work runs on the io_context, and ends with it.
class AttachmentWatch {
 public:
  // Where the kernel's notices of interfaces (rtnetlink(7)) can't be had, only time makes it look.
  AttachmentWatch(boost::asio::io_context& io, KernelFastPath& fast_path);

 private:
  void wait_for_notice();

  KernelFastPath& fast_path_;
  RepeatingTimer timer_;
  boost::asio::posix::stream_descriptor notices_;
  std::array<char, 8192> notice_;
};

}  // namespace signpost::daemon
