// A place for tests that load, attach and pin: a network namespace with two veth pairs' worth of
// room and a BPF filesystem of its own, gone with the test.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "datapath/loader.h"

namespace signpost::testing {

class PublishScene {
 public:
  // Moves the calling thread into a new network namespace, in which sp0 and sp1 are joined and up.
  PublishScene();
  ~PublishScene();
  PublishScene(const PublishScene&) = delete;
  PublishScene& operator=(const PublishScene&) = delete;

  // Empty if all is in place, else why not.
  const std::string& error() const { return error_; }

  std::string pin_root() const { return mount_ + "/signpost"; }
  datapath::FastPathOptions options(const std::string& interface) const;

  // Sends frames that are no DNS from sp1 to sp0, or from another interface to what lies behind it.
  void send_frames(int count, const std::string& from = "sp1") const;

  // Runs `daemon` in a child process until it returns, and then kills the child with signal 9. What
  // `daemon` holds then is left as a crash leaves it. False if it failed.
  static bool run_and_kill(const std::function<absl::Status()>& daemon);

 private:
  void set_up();

  std::string mount_;
  std::string error_;
  int home_ = -1;  // the network namespace to go back to
};

// Runs a command; true if it ends with 0.
bool run(const std::string& command);

}  // namespace signpost::testing
