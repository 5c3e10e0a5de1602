#include "health/probes/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/status.h"

namespace signpost::health {
namespace {

using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

constexpr int kFirstInherited = 3;

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// What the child begins with: a group of its own, no signal blocked or ignored.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

// A descriptor from which `octets` can be read, or -1. It is a file in memory: unlike a pipe it
// takes any number of octets at once, and nobody has to wait for a reader.
int open_input(std::string_view octets) {
  if (octets.empty()) return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int file = ::memfd_create("input", MFD_CLOEXEC);
  if (file < 0) return -1;
  if (::write(file, octets.data(), octets.size()) == static_cast<ssize_t>(octets.size()) &&
      ::lseek(file, 0, SEEK_SET) == 0) {
    return file;
  }
  ::close(file);
  return -1;
}

// Its descriptors: the input and the pipe, and no other.
class SpawnFiles {
 public:
  SpawnFiles(int input, int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kFirstInherited);
  }
  ~SpawnFiles() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnFiles(const SpawnFiles&) = delete;
  SpawnFiles& operator=(const SpawnFiles&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<ChildProcess>> ChildProcess::start(
    boost::asio::io_context& io, const std::vector<std::string>& arguments,
    const std::vector<std::string>& environment, std::string_view input, OnOutput on_output,
    OnExit on_exit) {
  const std::shared_ptr<ChildProcess> child(new ChildProcess(io));
  child->on_output_ = std::move(on_output);
  child->on_exit_ = std::move(on_exit);
  RETURN_IF_ERROR(child->spawn(arguments, environment, input));
  child->await_exit();
  child->await_output();
  return child;
}

absl::Status ChildProcess::spawn(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& environment,
                                 std::string_view input) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return resource_exhausted(std::strerror(errno));
  output_.assign(ends[0]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const int input_end = open_input(input);
  const int error =
      input_end < 0 ? errno
                    : ::posix_spawn(&pid_, arguments.front().c_str(),
                                    SpawnFiles(input_end, ends[1]).get(), SpawnAttributes().get(),
                                    pointers_to(arguments).data(), pointers_to(environment).data());
  ::close(ends[1]);
  if (input_end >= 0) ::close(input_end);
  if (error != 0) {
    pid_ = -1;
    return error == EAGAIN || error == ENOMEM || error == EMFILE
               ? resource_exhausted(std::strerror(error))
               : unavailable(std::strerror(error));
  }
  const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (descriptor < 0) {
    const int failure = errno;
    kill_group();
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);  // soon: it is killed
    return resource_exhausted("pidfd_open: ", std::strerror(failure));
  }
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  exit_.assign(descriptor);
  return absl::OkStatus();
}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  kill_group();
  ::waitpid(pid_, nullptr, WNOHANG);
}

void ChildProcess::await_exit() {
  exit_.async_wait(stream_descriptor::wait_read,
                   [self = shared_from_this()](const error_code& error) {
                     if (!error) self->reap();
                   });
}

void ChildProcess::await_output() {
  output_.async_wait(stream_descriptor::wait_read,
                     [self = shared_from_this()](const error_code& error) {
                       if (!error && self->on_output_ && self->read_output()) self->await_output();
                     });
}

// One piece; false if there is no more.
bool ChildProcess::read_output() {
  std::array<char, 4096> piece;
  const ssize_t size = ::read(output_.native_handle(), piece.data(), piece.size());
  if (size < 0) return errno == EAGAIN;
  if (size == 0) return false;
  on_output_({piece.data(), static_cast<std::size_t>(size)});
  return output_.is_open();
}

// The group's number is ours until the process is reaped.
void ChildProcess::kill_group() const { ::kill(-pid_, SIGKILL); }

void ChildProcess::reap() {
  kill_group();
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  // What is still in the pipe; the group is dead, but one that left the group might go on writing.
  constexpr int kPiecesMax = 16;
  for (int i = 0; i < kPiecesMax && on_output_ && output_.is_open(); ++i) {
    if (errno = 0; !read_output() || errno == EAGAIN) break;
  }
  error_code ignored;
  output_.close(ignored);
  exit_.close(ignored);
  on_output_ = nullptr;
  if (const OnExit on_exit = std::exchange(on_exit_, nullptr)) on_exit(status);
}

void ChildProcess::give_up() {
  on_output_ = nullptr;
  on_exit_ = nullptr;
  error_code ignored;
  output_.close(ignored);
  if (pid_ > 0) kill_group();
}

}  // namespace signpost::health
