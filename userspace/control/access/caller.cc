#include "control/access/caller.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <pwd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace signpost::control {
namespace {

// gRPC names a connection that it was given as a descriptor after that. The descriptor stays open,
// and so is nobody else's, for as long as a call of that connection lives: gRPC closes it with the
// transport, which every call holds (src/core/ext/transport/chttp2/transport/chttp2_transport.cc).
constexpr std::string_view kDescriptorPrefix = "fd:";

// As set_caller() was told, by descriptor. One that is closed stays until it is somebody else's.
class Callers {
 public:
  void set(int descriptor, Caller caller) {
    const std::lock_guard lock(mutex_);
    callers_[descriptor] = std::move(caller);
  }
  Caller at(int descriptor) {
    const std::lock_guard lock(mutex_);
    const auto found = callers_.find(descriptor);
    return found == callers_.end() ? Caller() : found->second;
  }

 private:
  std::mutex mutex_;
  absl::flat_hash_map<int, Caller> callers_;
};

Callers& callers() {
  static auto& all = *new Callers;
  return all;
}

// What gRPC calls a peer that has no connection.
constexpr std::string_view kNoConnection = "unknown";

bool visible(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string user_name(uid_t uid) {
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found != nullptr &&
      visible(found->pw_name)) {
    return found->pw_name;
  }
  return absl::StrCat("uid ", uid);
}

std::optional<ucred> credentials_at(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  // On another socket the kernel gives no process and the overflow user.
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 ||
      credentials.pid == 0)
    return std::nullopt;
  return credentials;
}

std::vector<gid_t> groups_at(int descriptor, gid_t first) {
  std::vector<gid_t> groups(32);
  socklen_t size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  // With ERANGE the kernel says how many there are.
  while (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) {
    if (errno != ERANGE) {
      size = 0;
      break;
    }
    groups.resize(size / sizeof(gid_t));
  }
  groups.resize(size / sizeof(gid_t));
  groups.push_back(first);
  return groups;
}

// "192.0.2.7:40000" of gRPC's "ipv4:192.0.2.7:40000"; brackets are encoded there.
std::string address_of(const std::string& peer) {
  const std::size_t scheme = peer.find(':');
  return absl::StrReplaceAll(peer.substr(scheme + 1), {{"%5B", "["}, {"%5D", "]"}});
}

void read_certificate(const grpc::AuthContext& context, Caller& caller) {
  for (const char* property : {GRPC_X509_SAN_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME}) {
    for (const grpc::string_ref& value : context.FindPropertyValues(property))
      caller.names.emplace_back(value.data(), value.size());
  }
}

}  // namespace

Caller caller_of(const grpc::ServerContextBase& call) {
  Caller caller;
  caller.peer = call.peer();
  const std::shared_ptr<const grpc::AuthContext> context = call.auth_context();
  // A certificate without any name authenticates nobody.
  if (context != nullptr && context->IsPeerAuthenticated()) {
    caller.transport = Caller::Transport::kTls;
    caller.peer = address_of(caller.peer);
    read_certificate(*context, caller);
  } else if (caller.peer == kNoConnection) {
    caller.transport = Caller::Transport::kInProcess;
  } else if (caller.peer.starts_with(kDescriptorPrefix)) {
    int descriptor = -1;
    std::from_chars(caller.peer.data() + kDescriptorPrefix.size(),
                    caller.peer.data() + caller.peer.size(), descriptor);
    caller = callers().at(descriptor);
  }
  return caller;
}

Caller caller_at(int descriptor) {
  Caller caller{.peer = "unix"};
  if (const std::optional<ucred> credentials = credentials_at(descriptor)) {
    caller.transport = Caller::Transport::kUnix;
    caller.uid = credentials->uid;
    caller.groups = groups_at(descriptor, credentials->gid);
  }
  return caller;
}

void set_caller(int descriptor, Caller caller) { callers().set(descriptor, std::move(caller)); }

std::string identity_of(const Caller& caller) {
  switch (caller.transport) {
    case Caller::Transport::kUnknown:
      break;
    case Caller::Transport::kInProcess:
      return "signpostd";
    case Caller::Transport::kUnix:
      return user_name(caller.uid);
    case Caller::Transport::kTls:
      return absl::StrCat("certificate ", absl::CHexEscape(caller.names.front()));
  }
  return "nobody known";
}

std::string owner_of(const Caller& caller) {
  if (caller.transport != Caller::Transport::kTls) return identity_of(caller);
  const std::string address = caller.peer.substr(0, caller.peer.rfind(':'));
  return absl::StrReplaceAll(address, {{"[", ""}, {"]", ""}});
}

}  // namespace signpost::control
