#include "server/listen_socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/log.h"
#include "base/status.h"

namespace signpost::server {
namespace {

constexpr int kBacklog = 1024;
// Room for a burst of about 5,000 queries; the kernel's default holds about 250.
constexpr int kReceiveBuffer = 4 << 20;

using AddressInfo = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

absl::Status cannot_listen(const std::string& address, std::uint16_t port, Protocol protocol,
                           const std::string& why, const std::string& remedy) {
  return unavailable("cannot listen on ", address, " port ", port,
                     protocol == Protocol::kUdp ? " (UDP): " : " (TCP): ", why, "; ", remedy);
}

absl::Status cannot_listen(const std::string& address, std::uint16_t port, Protocol protocol,
                           int error) {
  switch (error) {
    case EADDRINUSE:
      return cannot_listen(address, port, protocol, "address already in use",
                           "stop the other server or choose another --listen");
    case EACCES:
      return cannot_listen(address, port, protocol, "permission denied",
                           "run as root or grant CAP_NET_BIND_SERVICE");
    default:
      return cannot_listen(address, port, protocol, std::strerror(error),
                           "check --listen and the limits of this process");
  }
}

absl::StatusOr<AddressInfo> resolve(const std::string& address, std::uint16_t port,
                                    Protocol protocol) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = protocol == Protocol::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return cannot_listen(address, port, protocol, "not an IP address",
                         "give --listen an IPv4 or IPv6 address");
  }
  return AddressInfo(found, &freeaddrinfo);
}

bool set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// An IPv6 socket leaves IPv4 to others, so that "0.0.0.0" and "::" can both be listened on.
bool bind_socket(int fd, const addrinfo& info) {
  if (info.ai_family == AF_INET6 && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) return false;
  if (info.ai_socktype == SOCK_STREAM && !set(fd, SOL_SOCKET, SO_REUSEADDR, 1)) return false;
  return bind(fd, info.ai_addr, info.ai_addrlen) == 0;
}

// Lets the socket be bound to an address that no interface has yet.
bool set_free_bind(int fd, const addrinfo& info) {
  return info.ai_family == AF_INET ? set(fd, IPPROTO_IP, IP_FREEBIND, 1)
                                   : set(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
}

bool is_wildcard(const addrinfo& info) {
  if (info.ai_family == AF_INET)
    return reinterpret_cast<const sockaddr_in*>(info.ai_addr)->sin_addr.s_addr == htonl(INADDR_ANY);
  return IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(info.ai_addr)->sin6_addr);
}

// Replies are never longer than 1,232 octets. With OMIT the kernel neither sets DF nor believes a
// path MTU that an ICMP message claims, so a forged one can't make it send fragments (RFC 9715).
bool prepare_udp(int fd, const addrinfo& info) {
  const bool v4 = info.ai_family == AF_INET;
  if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer))
    set(fd, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  if (v4 ? !set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT)
         : !set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT)) {
    return false;
  }
  if (!is_wildcard(info)) return true;
  return v4 ? set(fd, IPPROTO_IP, IP_PKTINFO, 1) : set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

int Descriptor::release() { return std::exchange(fd_, -1); }

absl::Status check_free(const std::string& address, std::uint16_t port, Protocol protocol) {
  ASSIGN_OR_RETURN(const AddressInfo info, resolve(address, port, protocol));
  const Descriptor descriptor(socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, 0));
  if (descriptor.get() >= 0 && bind_socket(descriptor.get(), *info)) return absl::OkStatus();
  if (errno != EADDRNOTAVAIL) return cannot_listen(address, port, protocol, errno);
  if (protocol == Protocol::kUdp)
    log::warning("no interface has the listen address yet", {{"address", address}});
  return absl::OkStatus();
}

absl::StatusOr<ListenSocket> open_listen_socket(const std::string& address, std::uint16_t port,
                                                Protocol protocol) {
  ASSIGN_OR_RETURN(const AddressInfo info, resolve(address, port, protocol));
  Descriptor descriptor(
      socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int fd = descriptor.get();
  const bool opened = fd >= 0 && set(fd, SOL_SOCKET, SO_REUSEPORT, 1) &&
                      (protocol == Protocol::kTcp || prepare_udp(fd, *info)) &&
                      set_free_bind(fd, *info) && bind_socket(fd, *info) &&
                      (protocol == Protocol::kUdp || listen(fd, kBacklog) == 0);
  if (!opened) return cannot_listen(address, port, protocol, errno);
  return ListenSocket{std::move(descriptor), info->ai_family};
}

}  // namespace signpost::server
