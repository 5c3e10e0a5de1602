#include "tests/unit/server/client_socket.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace signpost::testing {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address loopback(Family family, std::uint16_t port) {
  Address address;
  if (family == Family::kIpv4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_addr = in6addr_loopback;
    address.size = sizeof v6;
  }
  return address;
}

}  // namespace

ClientSocket::ClientSocket(Family family, int type, std::uint16_t port)
    : fd_(socket(family == Family::kIpv4 ? AF_INET : AF_INET6, type, 0)) {
  const timeval timeout{10, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  const Address address = loopback(family, port);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0)
    throw std::runtime_error("no connection to port " + std::to_string(port));
}

ClientSocket ClientSocket::udp(Family family, std::uint16_t port) {
  return {family, SOCK_DGRAM, port};
}
ClientSocket ClientSocket::tcp(Family family, std::uint16_t port) {
  return {family, SOCK_STREAM, port};
}
ClientSocket::ClientSocket(ClientSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
ClientSocket::~ClientSocket() {
  if (fd_ >= 0) close(fd_);
}

bool ClientSocket::send(const std::string& octets) {
  std::size_t sent = 0;
  while (sent < octets.size()) {
    const ssize_t size = ::send(fd_, &octets[sent], octets.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return false;
    sent += static_cast<std::size_t>(size);
  }
  return true;
}

std::string ClientSocket::receive() {
  std::array<char, 65536> buffer;
  const ssize_t size = recv(fd_, buffer.data(), buffer.size(), 0);
  return size <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
}

std::string ClientSocket::receive(std::size_t size) {
  std::string octets(size, '\0');
  std::size_t received = 0;
  while (received < size) {
    const ssize_t some = recv(fd_, &octets[received], size - received, 0);
    if (some <= 0) break;
    received += static_cast<std::size_t>(some);
  }
  octets.resize(received);
  return octets;
}

std::string ClientSocket::receive_framed() {
  const std::string length = receive(2);
  if (length.size() != 2) return {};
  return receive(length_in(length));
}

std::size_t length_in(const std::string& octets) {
  return static_cast<unsigned char>(octets[0]) * 256u + static_cast<unsigned char>(octets[1]);
}

std::string framed(const std::string& message) {
  return std::string{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())} +
         message;
}

}  // namespace signpost::testing
