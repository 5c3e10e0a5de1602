// Blocking client sockets for loopback tests.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>

namespace signpost::testing {

enum class Family { kIpv4, kIpv6 };

// A socket connected to 127.0.0.1 or ::1; calls give up after 10 seconds.
class ClientSocket {
 public:
  static ClientSocket udp(Family family, std::uint16_t port);
  static ClientSocket tcp(Family family, std::uint16_t port);
  ClientSocket(ClientSocket&& other) noexcept;
  ClientSocket& operator=(ClientSocket&&) = delete;
  ~ClientSocket();

  bool send(const std::string& octets);
  // One datagram, or some octets of a stream; empty at the end of the stream or after the timeout.
  std::string receive();
  // Exactly `size` octets of a stream, or fewer at its end.
  std::string receive(std::size_t size);
  // One framed DNS message of a stream; empty at its end.
  std::string receive_framed();

  int descriptor() const { return fd_; }

 private:
  ClientSocket(Family family, int type, std::uint16_t port);

  int fd_;
};

// The length of the message that follows these two octets.
std::size_t length_in(const std::string& octets);

// A DNS message as TCP carries it.
std::string framed(const std::string& message);

}  // namespace signpost::testing
