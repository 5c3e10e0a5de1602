// A program that runs beside the daemon, bounded in what it may leave behind.
#pragma once

#include <sys/types.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace signpost::health {

// Runs in a process group of its own, with what it is given as input and one pipe as output and
// error output. The group is killed and the process reaped, whatever happens: when it ends, when it
// is given up, and when io is destroyed. Nothing here blocks.
class ChildProcess : public std::enable_shared_from_this<ChildProcess> {
 public:
  // Both are called on the thread of io. The process has ended: `wait_status` as of waitpid().
  using OnExit = std::function<void(int wait_status)>;
  using OnOutput = std::function<void(std::string_view octets)>;

  // `arguments[0]` is the path of the program; `environment` has "NAME=value"; `input` is all that
  // there is to read on its standard input.
  static absl::StatusOr<std::shared_ptr<ChildProcess>> start(
      boost::asio::io_context& io, const std::vector<std::string>& arguments,
      const std::vector<std::string>& environment, std::string_view input, OnOutput on_output,
      OnExit on_exit);
  ~ChildProcess();

  // Kills the group; nothing is called any more.
  void give_up();

 private:
  explicit ChildProcess(boost::asio::io_context& io) : exit_(io), output_(io) {}

  absl::Status spawn(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment, std::string_view input);
  void await_exit();
  void await_output();
  bool read_output();
  void kill_group() const;
  void reap();

  pid_t pid_ = -1;  // until it is reaped
  boost::asio::posix::stream_descriptor exit_;
  boost::asio::posix::stream_descriptor output_;
  OnOutput on_output_;
  OnExit on_exit_;
};

}  // namespace signpost::health
