// Looks again and again whether the fast path is still attached.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/kernel_fast_path.h"

namespace signpost::daemon {

// Its work runs on the io_context, and ends with it.
class AttachmentWatch {
 public:
  AttachmentWatch(boost::asio::io_context& io, KernelFastPath& fast_path);

 private:
  void wait();

  KernelFastPath& fast_path_;
  boost::asio::steady_timer timer_;
};

}  // namespace signpost::daemon
