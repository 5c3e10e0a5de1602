#include "server/stream.h"

#include <sys/socket.h>

#include <cerrno>

namespace signpost::server {
namespace {

using State = StreamStep::State;

// What a call that moved `octets`, or failed, or met the end of the stream, came to.
StreamStep step_of(ssize_t octets, State wait) {
  if (octets > 0) return {State::kMoved, static_cast<std::size_t>(octets)};
  const bool passing = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {octets < 0 && passing ? wait : State::kEnded};
}

}  // namespace

StreamStep PlainStream::read(std::span<std::uint8_t> into) {
  return step_of(::recv(socket_, into.data(), into.size(), 0), State::kAwaitsReadable);
}

StreamStep PlainStream::write(Octets from) {
  return step_of(::send(socket_, from.data(), from.size(), MSG_NOSIGNAL), State::kAwaitsWritable);
}

}  // namespace signpost::server
