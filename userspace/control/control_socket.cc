#include "control/control_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/log.h"
#include "base/status.h"

namespace signpost::control {
namespace {

constexpr int kBacklog = 64;
constexpr mode_t kSocketMode = 0660;

absl::StatusOr<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return invalid_argument("the control socket's path ", path, " has ", path.size(),
                            " characters; use at most ", sizeof(address.sun_path) - 1);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool someone_listens(const sockaddr_un& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool connected =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(probe);
  return connected;
}

}  // namespace

absl::Status ControlSocket::start(const std::string& path, OnConnection on_connection) {
  on_connection_ = std::move(on_connection);
  const absl::Status listening = listen_at(path);
  if (!listening.ok()) {
    stop();
    return listening;
  }
  thread_ = std::thread([this] { accept_until_stopped(); });
  return absl::OkStatus();
}

absl::Status ControlSocket::listen_at(const std::string& path) {
  ASSIGN_OR_RETURN(const sockaddr_un address, address_of(path));
  std::error_code ignored;  // bind() tells what is wrong
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  if (someone_listens(address)) {
    return unavailable("another signpostd listens on ", path,
                       "; stop it, or choose another --control-socket");
  }
  if (std::filesystem::is_socket(path, ignored)) ::unlink(path.c_str());
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  // Until chmod() nobody else may connect.
  const mode_t mask = ::umask(0177);
  const bool bound =
      listener_ >= 0 && wake_ >= 0 &&
      ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  const int bind_error = errno;
  ::umask(mask);
  if (!bound) {
    return unavailable("can't listen on the control socket ", path, ": ",
                       std::strerror(bind_error));
  }
  path_ = path;
  if (::chmod(path.c_str(), kSocketMode) != 0 || ::listen(listener_, kBacklog) != 0) {
    return unavailable("can't listen on the control socket ", path, ": ", std::strerror(errno));
  }
  return absl::OkStatus();
}

void ControlSocket::accept_until_stopped() {
  for (;;) {
    pollfd ready[2] = {{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) return;
    if (ready[1].revents != 0) return;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection >= 0) {
      on_connection_(connection);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
      static log::RateLimit limit;
      log::warning(limit, "a control connection could not be accepted",
                   {{"error", std::strerror(errno)}});
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

void ControlSocket::stop() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof(one));
    thread_.join();
  }
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
  for (int* descriptor : {&listener_, &wake_}) {
    if (*descriptor >= 0) ::close(*descriptor);
    *descriptor = -1;
  }
}

}  // namespace signpost::control
