#include "control/access/control_socket.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

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

// What leaves the group as it is, for "".
constexpr gid_t kSameGroup = static_cast<gid_t>(-1);

absl::StatusOr<gid_t> group_id(const std::string& name) {
  if (name.empty()) return kSameGroup;
  const group* found = ::getgrnam(name.c_str());
  if (found == nullptr) return invalid_argument("--control-group ", name, ": is no group");
  return found->gr_gid;
}

absl::Status cannot_listen(const std::string& path, int error) {
  return unavailable("can't listen on the control socket ", path, ": ", std::strerror(error));
}

absl::Status open_to(const std::string& path, const std::string& group, gid_t owner) {
  if (owner != kSameGroup && ::chown(path.c_str(), static_cast<uid_t>(-1), owner) != 0) {
    return unavailable("can't give the control socket to the group ", group, ": ",
                       std::strerror(errno), "; make signpostd a member of it ",
                       "(SupplementaryGroups= in its unit)");
  }
  if (::chmod(path.c_str(), kSocketMode) != 0) return cannot_listen(path, errno);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> ControlSocket::listen(const std::string& path, const std::string& group) {
  ASSIGN_OR_RETURN(const sockaddr_un address, address_of(path));
  ASSIGN_OR_RETURN(const gid_t owner, group_id(group));
  std::error_code ignored;  // bind() tells what is wrong
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  if (someone_listens(address)) {
    return unavailable("another signpostd listens on ", path,
                       "; stop it, or choose another --control-socket");
  }
  if (std::filesystem::is_socket(path, ignored)) ::unlink(path.c_str());
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  // Until chmod() nobody else may connect.
  const mode_t mask = ::umask(0177);
  const bool bound = listener >= 0 && ::bind(listener, reinterpret_cast<const sockaddr*>(&address),
                                             sizeof(address)) == 0;
  const int bind_error = errno;
  ::umask(mask);
  if (bound) path_ = path;
  absl::Status opened = bound ? open_to(path, group, owner) : cannot_listen(path, bind_error);
  if (opened.ok() && ::listen(listener, kBacklog) != 0) opened = cannot_listen(path, errno);
  if (opened.ok()) return listener;
  if (listener >= 0) ::close(listener);
  remove();
  return opened;
}

void ControlSocket::remove() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace signpost::control
