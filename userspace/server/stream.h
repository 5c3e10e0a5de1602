// What the octets of a connection go through on their way between DNS messages and the socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "server/octets.h"

namespace signpost::server {

// How far reading or writing got without waiting.
struct StreamStep {
  enum class State {
    kMoved,  // `octets`, at least one
    kAwaitsReadable,
    kAwaitsWritable,
    kEnded,  // there is nothing more to read, or no way to write
  };
  State state = State::kEnded;
  std::size_t octets = 0;
};

// Over a socket that does not block, and which must outlive it. One thread uses it.
class Stream {
 public:
  virtual ~Stream() = default;

  // Lets read() take octets from the socket again, a bounded number of them.
  virtual void begin_turn() = 0;

  virtual StreamStep read(std::span<std::uint8_t> into) = 0;

  // Takes some of the octets; the next call must begin with those that are left.
  virtual StreamStep write(Octets from) = 0;

  // Whether there are octets to read for which the socket need not become readable.
  virtual bool holds_octets() const = 0;

  // Whether zones may be transferred over it, if it is TLS (RFC 9103 sections 7.1 and 7.2).
  virtual bool suits_transfers_over_tls() const = 0;

  // Tells the client that nothing follows, as far as that can be sent at once.
  virtual void end() = 0;
};

// The socket itself.
class PlainStream final : public Stream {
 public:
  explicit PlainStream(int socket) : socket_(socket) {}

  void begin_turn() override {}
  StreamStep read(std::span<std::uint8_t> into) override;
  StreamStep write(Octets from) override;
  bool holds_octets() const override { return false; }
  bool suits_transfers_over_tls() const override { return false; }
  void end() override {}

 private:
  const int socket_;
};

}  // namespace signpost::server
