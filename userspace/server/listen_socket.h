// Opening the sockets that the server listens on.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signpost::server {

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) = delete;
  ~Descriptor();

  int get() const { return fd_; }
  int release();

 private:
  int fd_;
};

enum class Protocol { kUdp, kTcp };

// An open socket that waits for queries, and its family, AF_INET or AF_INET6.
struct ListenSocket {
  Descriptor descriptor;
  int family = 0;
};

// Checks that nobody listens on the address: sockets that share a port would else share it with
// another server of the same user without a word. The error says in one sentence which address and
// port can't be had, why, and what to do. That no interface has the address yet is only logged.
absl::Status check_free(const std::string& address, std::uint16_t port, Protocol protocol);

// Opens a socket that shares its port with those of other threads (SO_REUSEPORT). The error is as
// for check_free().
absl::StatusOr<ListenSocket> open_listen_socket(const std::string& address, std::uint16_t port,
                                                Protocol protocol);

}  // namespace signpost::server
