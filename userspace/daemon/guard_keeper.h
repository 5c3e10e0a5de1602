// Has both paths go by the guards of the configuration (config.proto, Guard).
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/repeating_timer.h"
#include "bpf/abi.h"
#include "daemon/kernel_fast_path.h"
#include "model/guard.h"
#include "server/live_guard.h"

namespace signpost::daemon {

struct GuardKeeperOptions {
  std::vector<std::string> interfaces;  // of the fast path, by slot
  std::string secrets_folder;           // of cookies
  std::string own_secret;               // the file of this host's own one, made if it is not there
  bool chaos = false;                   // whether the server tells of itself in class CH
};

// Any thread may call.
class GuardKeeper {
 public:
  // `fast_path` is null in userspace mode. All must outlive the keeper.
  GuardKeeper(GuardKeeperOptions options, server::LiveGuard& live, KernelFastPath* fast_path);

  // Puts guards into use. What can't be is logged, and the guard before stays.
  void set_guards(std::vector<model::GuardPtr> guards);

  // The same guards, with secrets and the clock as they are now; once there were any.
  void refresh();

  // Refreshes on this io_context from now on, often enough for the clock. It has to outlive this
  // object.
  void keep_fresh(boost::asio::io_context& io);

 private:
  void use_while_locked();
  absl::Status use();
  // The guard of an interface, or what stands for none.
  model::GuardPtr guard_of(const std::string& interface) const;

  const GuardKeeperOptions options_;
  server::LiveGuard& live_;
  KernelFastPath* const fast_path_;
  std::mutex mutex_;
  std::vector<model::GuardPtr> guards_;
  bool used_ = false;  // some guard has been in use
  std::optional<RepeatingTimer> timer_;
};

// A guard in the form that both paths take, but for bucket_mask. FAILED_PRECONDITION, naming the
// file, if a secret can't be read or is none.
absl::StatusOr<guard> guard_image(const model::Guard& from, const GuardKeeperOptions& options);

}  // namespace signpost::daemon
